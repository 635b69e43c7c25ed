// Sending one photo with its progress, which fetch does not tell.

import { ApiError } from "@/api/errors";
import type { Session } from "@/api/session";
import type { ErrorBody } from "@/api/types";

const TIMEOUT_MS = 120_000; // a photo over a bad line

export interface Upload {
  path: string;
  photo: Blob;
  key: string;
  /** Hears how much is on its way, from 0 to 1. */
  progress(part: number): void;
}

/** What names a file's kind when the phone does not: some give HEIC files no type. */
export function typeOf(file: Blob & { name?: string }): string {
  if (file.type) return file.type;
  return /\.hei[cf]$/i.test(file.name ?? "") ? "image/heic" : "image/jpeg"; // the server looks at the content
}

/** Send a photo as this person; an expired token is renewed once. Throws ApiError. */
export async function upload<Answer>(session: Session, given: Upload): Promise<Answer> {
  const token = await session.token();
  try {
    return await sendOnce<Answer>(token, given);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401 || error.code === "session_revoked") throw error;
    return sendOnce<Answer>(await session.renewed(token), given);
  }
}

function sendOnce<Answer>(token: string, { path, photo, key, progress }: Upload): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = new XMLHttpRequest();
    asked.open("POST", path);
    asked.timeout = TIMEOUT_MS;
    asked.setRequestHeader("Authorization", `Bearer ${token}`);
    asked.setRequestHeader("Idempotency-Key", key);
    asked.setRequestHeader("Content-Type", typeOf(photo));
    asked.upload.onprogress = (event) => progress(event.lengthComputable ? event.loaded / event.total : 0);
    asked.onerror = () => reject(new ApiError({ code: "offline" }));
    asked.ontimeout = () => reject(new ApiError({ code: "timeout" }));
    asked.onload = () => {
      const answer = read(asked.responseText);
      if (answer && asked.status < 300) resolve(answer as Answer);
      else reject(new ApiError({ code: "strange", ...(answer as { error?: ErrorBody } | null)?.error, status: asked.status }));
    };
    asked.send(photo);
  });
}

function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
