import { describe, expect, test } from "vitest";
import { beginAddress, signInProblem, withoutProblem } from "./single-sign-on";

describe("signInProblem", () => {
  test("is said in words", () => {
    expect(signInProblem("?sign_in_error=unknown_user")).toContain("Ask an administrator");
    expect(signInProblem("?a=1&sign_in_error=expired")).toContain("too long");
  });

  test("is never taken from the address itself", () => {
    expect(signInProblem("?sign_in_error=Call+0900")).toBe("Something went wrong. Try again.");
    expect(signInProblem("?sign_in_error=toString")).toBe("Something went wrong. Try again.");
  });

  test("is none where nothing failed", () => {
    expect(signInProblem("?search=x")).toBeNull();
    expect(signInProblem("")).toBeNull();
  });
});

test("the address forgets what failed", () => {
  expect(withoutProblem("?sign_in_error=expired")).toBe("");
  expect(withoutProblem("?search=x&sign_in_error=expired")).toBe("?search=x");
  expect(withoutProblem("?search=a%20b")).toBe("?search=a%20b");
});

test("one comes back to where one was", () => {
  const path = "/v1/console/oidc/begin";
  expect(beginAddress("", path, { pathname: "/flags", search: "?search=a&b=1" })).toBe(
    `${path}?return_to=%2Fflags%3Fsearch%3Da%26b%3D1`,
  );
  expect(
    beginAddress("/live", path, { pathname: "/live/", search: "?sign_in_error=expired" }),
  ).toBe(`/live${path}?return_to=%2F`);
  expect(beginAddress("/live", path, { pathname: "/live", search: "" })).toBe(
    `/live${path}?return_to=%2F`,
  );
});
