// What pages import to speak to the API.

export { Session, device } from "/static/sessions.js";
export { ApiError, drawKey, send } from "/static/wire.js";
export { secondsUntil, serverNow } from "/static/clock.js";
