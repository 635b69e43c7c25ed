import { describe, expect, it } from "vitest";
import { ApiError } from "@/api/errors";
import { detailFields, detailsOf, inDetails, pasted, placeRule } from "./details";

const whole = { name: "福田网点", region: "440304", address: "福华路 1 号", lat: "22.54", lon: "114.06", phone: "0755-22223333", services: "拆卸、检测\n运输" };

describe("an outlet's details", () => {
  it("go to the API and come back", () => {
    const body = detailsOf(whole);
    expect(body.services).toEqual(["拆卸", "检测", "运输"]);
    expect(detailFields(body)).toEqual({ ...whole, services: "拆卸\n检测\n运输" });
  });

  it("name the first field that is missing or no place in China", () => {
    for (const [given, field, rule] of [[{ name: " " }, "name", "required"], [{ lat: "" }, "lat", "required"], [{ lat: "114.06", lon: "22.54" }, "lat", "in_china"], [{ lon: "x" }, "lon", "number"], [{ services: "" }, "services", "required"]] as const) {
      expect(() => detailsOf({ ...whole, ...given })).toThrowError(ApiError);
      try {
        detailsOf({ ...whole, ...given });
      } catch (error) {
        expect([(error as ApiError).field, (error as ApiError).rule]).toEqual([field, rule]);
      }
    }
    expect(placeRule("lon", "114")).toBe("");
  });

  it("take a whole place that is pasted into one field", () => {
    expect(pasted("22.54, 114.06")).toEqual({ lat: "22.54", lon: "114.06" });
    expect(pasted("22.54")).toBeNull();
  });

  it("show a refused service at the services", () => {
    expect((inDetails(new ApiError({ code: "x", field: "services[1]", rule: "each_once" })) as ApiError).field).toBe("services");
  });
});
