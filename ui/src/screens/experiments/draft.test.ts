import { describe, expect, it } from "vitest";
import {
  changedFields,
  copiedPhase,
  draftOf,
  EMPTY_DRAFT,
  type Experiment,
  fieldsOf,
  firstPhase,
  flagsOf,
  newPhase,
  PROBLEMS,
  phaseProblem,
  rebased,
  variantsProblem,
  withoutVariant,
  withVariant,
} from "./draft";
import { DAY } from "./times";

const NOW = 1_795_000_000;

function stored(): Experiment {
  return {
    name: "Shop colours",
    description: "",
    hypothesis: "Blue sells",
    labels: [],
    goal_metrics: ["revenue"],
    monitor_metrics: [],
    audiences: ["germans"],
    exclude_audiences: [],
    exclusion_group: "",
    exclusion_from_permille: 0,
    exclusion_to_permille: 1000,
    holdout_group: "",
    phases: [
      {
        id: "p1",
        name: "main",
        description: "",
        state: "running",
        start_time_sec: String(NOW - DAY),
        end_time_sec: String(NOW + DAY),
        ended_time_sec: "0",
        split_key: "ID",
        variants: [
          { name: "control", weight_permille: 500, value: "", flags: [], description: "" },
          {
            name: "blue",
            weight_permille: 500,
            value: "",
            flags: [{ flag: "shop", value: "blue", value_type: "string" }],
            description: "",
          },
        ],
        participants_max: 100,
        participants: 7,
        full: false,
        admission_deadline_time_sec: "0",
        locked: false,
        admitting: true,
        audiences: [],
      },
    ],
  } as unknown as Experiment;
}

describe("an experiment that is edited", () => {
  it("goes back as it came, with what its phases say of themselves", () => {
    const fields = fieldsOf(draftOf(stored()));
    expect(fields.hypothesis).toBe("Blue sells");
    const [phase] = fields.phases as Record<string, unknown>[];
    expect(phase).toMatchObject({ id: "p1", participants_max: 100, audiences: [] });
    expect(phase).not.toHaveProperty("exclude_audiences");
    expect(phase?.variants).toEqual([
      { name: "control", weight_permille: 500, value: "", flags: [], description: "" },
      {
        name: "blue",
        weight_permille: 500,
        value: "",
        flags: [{ flag: "shop", value: "blue" }],
        description: "",
      },
    ]);
  });

  it("is saved by what changed alone", () => {
    const original = draftOf(stored());
    expect(changedFields(original, original)).toEqual({});
    expect(changedFields({ ...original, labels: ["winter"] }, original)).toEqual({
      labels: ["winter"],
    });
  });

  it("keeps what was edited on top of what others saved", () => {
    const original = draftOf(stored());
    const mine = { ...original, hypothesis: "Blue sells more" };
    const theirs = { ...original, labels: ["winter"], hypothesis: "Red" };
    expect(rebased(mine, original, theirs)).toEqual({ ...theirs, hypothesis: "Blue sells more" });
  });

  it("asks for all places where it is in no exclusion group", () => {
    const fields = fieldsOf({ ...EMPTY_DRAFT, exclusionFrom: 100, exclusionTo: 200 });
    expect(fields).toMatchObject({ exclusion_from_permille: 0, exclusion_to_permille: 1000 });
  });
});

describe("variants", () => {
  it("that are added share equally while all did", () => {
    const three = withVariant(firstPhase(NOW).variants);
    expect(three.map((each) => [each.name, each.weight])).toEqual([
      ["control", 334],
      ["test", 333],
      ["test 2", 333],
    ]);
    expect(withoutVariant(three, three[2]?.key ?? "").map((each) => each.weight)).toEqual([
      500, 500,
    ]);
  });

  it("that are added take nothing where shares were chosen", () => {
    const chosen = firstPhase(NOW).variants.map((each, index) => ({
      ...each,
      weight: index ? 900 : 100,
    }));
    expect(withVariant(chosen).map((each) => each.weight)).toEqual([100, 900, 0]);
  });

  it("are told what is wrong with them", () => {
    const [control, test] = firstPhase(NOW).variants;
    if (!control || !test) {
      throw new Error("there are two to begin with");
    }
    expect(variantsProblem([control, test])).toBe("");
    expect(variantsProblem([])).toContain("at least one");
    expect(variantsProblem([control, { ...test, name: " " }])).toContain("needs a name");
    expect(variantsProblem([control, { ...test, name: "control" }])).toContain("same name");
    expect(variantsProblem([control])).toContain("50 % too little");
  });

  it("name the flags that any of them sets once", () => {
    const flags = (...names: string[]) => ({ flags: names.map((flag) => ({ flag })) });
    expect(flagsOf([flags(), flags("b", "a"), flags("a", "c")])).toEqual(["b", "a", "c"]);
  });
});

describe("phases", () => {
  it("that are added follow with the variants of the last", () => {
    const draft = draftOf(stored());
    const phase = newPhase(draft.phases, NOW);
    expect(phase).toMatchObject({ id: "", name: "phase", start: String(NOW + DAY) });
    expect(phase.variants.map((each) => each.name)).toEqual(["control", "blue"]);
  });

  it("that are copied are as long as the other, with nothing that happened to it", () => {
    const draft = draftOf(stored());
    const [first] = draft.phases;
    if (!first) {
      throw new Error("there is one");
    }
    const ended = { ...first, ended: String(NOW), locked: true, deadline: String(NOW) };
    const copy = copiedPhase(ended, draft.phases, NOW);
    expect(copy).toMatchObject({ id: "", name: "main 2", ended: "0", locked: false });
    expect(Number(copy.end) - Number(copy.start)).toBe(2 * DAY);
    expect(Number(copy.deadline) - Number(copy.start)).toBe(DAY);
  });

  it("are told what is wrong with them", () => {
    const phase = firstPhase(NOW);
    expect(phaseProblem(phase, NOW)).toBe("");
    expect(phaseProblem({ ...phase, name: "" }, NOW)).toBe("Every phase needs a name");
    expect(phaseProblem({ ...phase, end: "" }, NOW)).toBe("Phase main: choose when it ends");
  });
});

it("needs a name, and a part of its exclusion group", () => {
  expect(PROBLEMS.name(EMPTY_DRAFT)).not.toBe("");
  expect(PROBLEMS.name({ ...EMPTY_DRAFT, name: "x" })).toBe("");
  const grouped = { ...EMPTY_DRAFT, exclusionGroup: "g", exclusionFrom: 400, exclusionTo: 400 };
  expect(PROBLEMS.who(grouped)).not.toBe("");
  expect(PROBLEMS.who({ ...grouped, exclusionTo: 500 })).toBe("");
});

it("sends phases in the order of their times", () => {
  const [first, second] = [firstPhase(NOW), firstPhase(NOW + DAY)];
  const fields = fieldsOf({ ...EMPTY_DRAFT, phases: [second, first] });
  const starts = (fields.phases as { start_time_sec: string }[]).map((each) => each.start_time_sec);
  expect(starts).toEqual([first.start, second.start]);
});
