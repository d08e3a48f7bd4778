// Writes a .gz and a .br beside every built file that gets notably smaller, for the server to send.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const folder = new URL("../src/matsuri/web/static/", import.meta.url).pathname;
const compressible = /\.(css|js|json|svg|txt|webmanifest)$/;
const bytesMin = 1024;

for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name);
  if (!entry.isFile() || !compressible.test(entry.name)) continue;
  const content = readFileSync(path);
  if (content.length < bytesMin) continue;
  writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
  writeFileSync(`${path}.br`, brotliCompressSync(content, { params }));
}
