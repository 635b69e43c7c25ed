// What the steps of a visit share.

import { type InjectionKey, inject } from "vue";
import type { VisitView } from "@/api/types";
import type { Grants } from "@/phone/grants/grants";
import type { Visiting } from "./visiting";

export interface VisitContext extends Visiting {
  grants: Grants;
}

export const VISIT: InjectionKey<VisitContext> = Symbol("visit");

/** The visit, within a step: there is one then. */
export function useStep(): VisitContext & { shown(): VisitView } {
  const given = inject(VISIT);
  if (!given) throw new Error("this is no step of a visit");
  return { ...given, shown: () => given.visit.value! };
}
