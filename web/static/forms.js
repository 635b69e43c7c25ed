// Forms: nothing typed is lost, buttons rest while a request is under way, and a refusal that
// names a field is shown beside it.

import { drawKey } from "/static/wire.js";

/** The named fields of a form as an object; "recipient.name" becomes recipient: {name}. */
export function values(form) {
  const all = {};
  for (const field of form.elements) {
    if (!field.name || field.type === "file" || (field.type === "radio" && !field.checked)) continue;
    const path = field.name.split(".");
    const last = path.pop();
    let place = all;
    for (const step of path) place = place[step] ??= {};
    place[last] = field.type === "checkbox" ? field.checked : field.value.trim();
  }
  return all;
}

/** Put values back into fields; what is not named stays. */
export function fill(form, kept) {
  for (const field of form.elements) {
    if (!(field.name in kept) || field.type === "file") continue;
    const value = kept[field.name];
    if (field.type === "checkbox") field.checked = value;
    else if (field.type === "radio") field.checked = field.value === value;
    else field.value = value;
  }
}

function flat(form) {
  const all = {};
  for (const field of form.elements) {
    if (!field.name || field.type === "file" || (field.type === "radio" && !field.checked)) continue;
    if (field.dataset.private !== undefined) continue; // not even on this device
    all[field.name] = field.type === "checkbox" ? field.checked : field.value;
  }
  return all;
}

/**
 * Join a form to an act. `act(values, key)` may raise; `key` stays the same while the same contents
 * are sent again, so that a repeat after a broken connection makes nothing twice. With `draft`,
 * what is typed outlives a reload, until the act went well; kept in `keep`, but for what is marked
 * `data-private`.
 */
export function join(form, act, { draft = null, keep = localStorage, forgets = true, onInput = null } = {}) {
  const state = { key: null, busy: false };
  if (draft) restore(form, draft, keep);
  form.noValidate = true; // the browser's own bubbles would be in one language only
  form.addEventListener("input", (event) => {
    state.key = null;
    clearError(event.target);
    if (draft) keep.setItem(draft, JSON.stringify(flat(form)));
    onInput?.(event);
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (state.busy) return;
    state.busy = true;
    await submit(form, act, state, draft && forgets && (() => keep.removeItem(draft)));
    state.busy = false;
  });
}

async function submit(form, act, state, forget) {
  clearErrors(form);
  const missing = firstMissing(form);
  if (missing) {
    complain(form, { field: missing.name, hint: hintOf(missing) });
    return;
  }
  state.key ??= drawKey();
  rest(form, true);
  try {
    await act(values(form), state.key);
    state.key = null;
    if (forget) forget();
  } catch (error) {
    complain(form, error);
  } finally {
    rest(form, false);
  }
}

function rest(form, resting) {
  for (const button of form.querySelectorAll("button[type=submit], button:not([type])")) {
    button.disabled = resting;
    button.toggleAttribute("aria-busy", resting);
  }
}

function firstMissing(form) {
  return [...form.elements].find((field) => field.name && field.offsetParent !== null
    && !field.checkValidity());
}

function hintOf(field) {
  if (field.dataset.hint) return field.dataset.hint;
  if (field.type === "checkbox") return "请勾选 / please tick this";
  return field.validity.valueMissing ? "请填写 / this is needed" : "格式不对 / not in the right form";
}

/** Show a refusal: beside its field if the form has one, else above the buttons. */
export function complain(form, error) {
  const field = error.field
    && form.querySelector(`[name="${CSS.escape(error.field)}"], [data-field="${CSS.escape(error.field)}"]`);
  if (field) {
    const place = errorPlace(field);
    place.textContent = error.hint ?? error.message;
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", place.id);
    field.scrollIntoView({ block: "center" });
    field.focus();
    return;
  }
  const place = form.querySelector(".form-error") ?? addFormError(form);
  place.textContent = error.code === "invalid_input" && error.field
    ? `${error.message} (${error.field}: ${error.hint})` : error.message;
  place.scrollIntoView({ block: "nearest" });
}

function addFormError(form) {
  const place = document.createElement("p");
  place.className = "form-error problem";
  place.setAttribute("role", "alert");
  form.append(place);
  return place;
}

let numbered = 0;

function errorPlace(field) {
  const holder = field.closest(".field, label, fieldset") ?? field.parentElement;
  let place = holder.querySelector(":scope > .field-error");
  if (!place) {
    place = document.createElement("span");
    place.className = "field-error";
    place.id = `error-${(numbered += 1)}`;
    place.setAttribute("role", "alert");
    holder.append(place);
  }
  return place;
}

function clearError(field) {
  field.removeAttribute?.("aria-invalid");
  field.closest?.(".field, label, fieldset")?.querySelector(":scope > .field-error")?.remove();
}

export function clearErrors(form) {
  for (const place of form.querySelectorAll(".field-error, .form-error")) place.remove();
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
}

function restore(form, draft, keep) {
  try {
    fill(form, JSON.parse(keep.getItem(draft)) ?? {});
  } catch {
    keep.removeItem(draft);
  }
}
