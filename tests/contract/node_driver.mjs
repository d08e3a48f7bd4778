// The SDK in Node: one call per line of standard input, one outcome per line of standard output.
//
// The SDK looks at a global XMLHttpRequest that Node does not have. `own-fetch` gives it the one
// property that it looks at and leaves the requests to Node's fetch; `polyfilled-fetch` takes
// Node's fetch away, and the SDK makes its requests with the one that it brings, over xhr2.
import { createInterface } from "node:readline";

import { driver } from "./driver.mjs";

if (process.argv[2] === "polyfilled-fetch") {
  globalThis.XMLHttpRequest = (await import("xhr2")).default;
  delete globalThis.fetch;
} else {
  globalThis.XMLHttpRequest = class {
    set withCredentials(_) {}
  };
}
const call = driver(await import("@heroiclabs/satori-js"));
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(await call(JSON.parse(line))) + "\n");
}
// The SDK's timeouts would keep the process for seconds.
process.exit(0);
