// A game that uses code made from definitions, with the official SDK. Prints one JSON document.
import { Client } from "@heroiclabs/satori-js";

import {
  EventName,
  Events,
  FlagName,
  Flags,
  customProperties,
  readCustomProperties,
  type ShopOfferValue,
} from "./definitions.js";

Object.assign(globalThis, { XMLHttpRequest: class { set withCredentials(_: boolean) {} } });

function told(flags: Flags): unknown {
  const offer: ShopOfferValue = flags.shopOffer;
  const discount: number = offer.discount;
  const tags: readonly string[] | undefined = offer.tags;
  const mode: "easy" | "hard" | null | undefined = offer.mode;
  const speed: number = flags.spinSpeed;
  const on: boolean = flags.class;
  const text: string = flags.greeting;
  const difficulty: "easy" | "hard" = flags.difficulty;
  return { discount, tags, mode, speed, on, text, difficulty };
}

const [key, port] = process.argv.slice(2);
const client = new Client(key!, "127.0.0.1", port!);
const session = await client.authenticate("codegen-player");
const answer = await client.getFlags(session);
const wrong = ["null", "[", '"x"', "{}", '{"discount":1.5}', '{"discount":1,"mode":"x"}'];
await client.event(
  session,
  Events.raidFinished({ value: 3, metadata: { level: 7, won: true, who: 'a "b"' } }),
);
await client.updateProperties(session, {}, customProperties({ rank: 12.5 }));
const properties = await client.listProperties(session);

// @ts-expect-error: the level is missing.
Events.raidFinished({ metadata: {} });
// @ts-expect-error: the level is a number.
Events.raidFinished({ metadata: { level: "7" } });
// @ts-expect-error: there is no such flag.
void new Flags().shopOfer;
// @ts-expect-error: rank is a number.
customProperties({ rank: "12" });

console.log(
  JSON.stringify({
    names: [FlagName.ShopOffer, EventName.RaidFinished],
    read: told(new Flags(answer.flags)),
    defaults: told(new Flags()),
    wrong: wrong.map((value) => new Flags([{ name: "Shop-Offer", value }]).shopOffer.discount),
    wrongMode: new Flags([{ name: "difficulty", value: "class" }]).difficulty,
    custom: readCustomProperties(properties.custom),
    customWrong: readCustomProperties({ rank: "high", other: "1" }),
    notANumber: Events.raidFinished({ value: Number.NaN, metadata: { level: 1 } }).value ?? "none",
  }),
);
process.exit(0);
