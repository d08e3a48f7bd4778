import { describe, expect, it } from "vitest";
import { csvOf, idsOf, partsOf } from "./id-file";

describe("a file of ids", () => {
  it.each([
    ["a\nb\r\nc", ["a", "b", "c"]],
    ["\uFEFFidentity_id,since\na,1\nb,2\na,3\n", ["a", "b"]],
    ['"a,1";x\n"b ""c"""\n', ["a,1", 'b "c"']],
    ["\n  \n", []],
    ["id-1\nid-2", ["id-1", "id-2"]],
  ])("%j has %j", (text, ids) => {
    expect(idsOf(text)).toEqual(ids);
  });

  it("is written so that no cell is a formula or breaks its line", () => {
    expect(csvOf(["id"], [["=1+1"], ['a"b'], ["a,b"], ["plain"]])).toBe(
      'id\r\n\'=1+1\r\n"a""b"\r\n"a,b"\r\nplain\r\n',
    );
  });

  it("is read again as it was written", () => {
    const ids = ["-minus", "=sum", "a,b", 'a"b'];
    expect(
      idsOf(
        csvOf(
          ["identity_id"],
          ids.map((id) => [id, "1"]),
        ),
      ),
    ).toEqual(ids);
  });

  it("goes in parts", () => {
    expect(partsOf([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
    expect(partsOf([], 2)).toEqual([]);
  });
});
