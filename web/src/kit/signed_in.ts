// Who is signed in and the live connection, for every component of a face.

import { type InjectionKey, inject, onScopeDispose, type Ref, ref, type ShallowRef, shallowRef } from "vue";
import type { ApiError } from "@/api/errors";
import { Session } from "@/api/session";
import type { PersonView } from "@/api/types";
import { type LinkState, Realtime } from "@/realtime/client";
import type { Follower } from "@/realtime/channels";

export interface SignedIn {
  session: Session;
  /** The person of the session, or null: then the shell shows the log-in. */
  person: ShallowRef<PersonView | null>;
  link: Ref<LinkState>;
  /** The last failure that was of no request; null once shown. */
  problem: ShallowRef<ApiError | null>;
  realtime: Realtime;
}

const KEY: InjectionKey<SignedIn> = Symbol("signed in");
export { KEY as SIGNED_IN };

/** Join a face's session to one realtime connection that lives while somebody is signed in. */
export function signIn(face: string): SignedIn {
  const session = new Session(face);
  const realtime = new Realtime(session);
  const made: SignedIn = {
    session,
    realtime,
    person: shallowRef(session.person),
    link: ref(realtime.state),
    problem: shallowRef(null),
  };
  let startedFor: string | null = null;
  const turn = (): void => {
    made.person.value = session.person;
    if (session.personId === startedFor) return;
    startedFor = session.personId;
    realtime.stop(session.personId ? "offline" : "signed_out");
    if (startedFor) realtime.start();
  };
  realtime.addEventListener("state", () => (made.link.value = realtime.state));
  realtime.addEventListener("problem", (event) => (made.problem.value = (event as CustomEvent).detail));
  session.addEventListener("changed", turn);
  turn();
  return made;
}

/** What `signIn` made, in a component. */
export function useSignedIn(): SignedIn {
  const given = inject(KEY);
  if (!given) throw new Error("this face has no session");
  return given;
}

/** Follow a channel while the component lives. */
export function useChannel(channel: string, follower: Follower): void {
  const { realtime } = useSignedIn();
  realtime.follow(channel, follower);
  onScopeDispose(() => realtime.unfollow(channel));
}
