// A scanner that types (USB keyboard wedge): tells its bursts of keys from a person's typing.
//
// It works wherever the focus is and on every screen, needs no field, and hands over the whole
// text at the closing Enter. An offline code is a key: as soon as one can be recognised, its
// keys are kept from the page, so that it is never drawn.
"use strict";

const SCAN_GAP = 100; // ms between two keys of one scan, at most
const SCAN_MEAN = 50; // ms between its keys on average: nobody types a number as fast
const SCAN_LEAST = 6; // characters
const SCAN_MOST = 512;
const GRANT_START = "LJG";
const GRANT_GAP = 1500; // nothing else starts so: a slow scanner or a busy machine may pause

const US_DIGITS = ")!@#$%^&*(";
const US_SIGNS = {
  Semicolon: ";:", Equal: "=+", Comma: ",<", Minus: "-_", Period: ".>", Slash: "/?", Space: "  ",
  Quote: "'\"", Backquote: "`~", BracketLeft: "[{", Backslash: "\\|", BracketRight: "]}",
};

// What the key means on a US keyboard, which scanners play: an input method hides the character.
function usCharacter(code, isShifted) {
  if (/^Key[A-Z]$/.test(code)) return isShifted ? code[3] : code[3].toLowerCase();
  if (/^Digit[0-9]$/.test(code)) return isShifted ? US_DIGITS[code[5]] : code[5];
  if (/^Numpad[0-9]$/.test(code)) return code[6];
  return code in US_SIGNS ? US_SIGNS[code][isShifted ? 1 : 0] : "";
}

function characterOf(event) {
  if (event.key.length === 1) return event.key;
  const isHidden = event.isComposing || ["Process", "Unidentified", "Dead"].includes(event.key);
  return isHidden ? usCharacter(event.code, event.shiftKey) : "";
}

// Enter, or the carriage return and line feed that some scanners send as Ctrl+M and Ctrl+J.
function endsScan(event) {
  if (event.ctrlKey) return event.code === "KeyM" || event.code === "KeyJ";
  return event.key === "Enter" || event.code === "Enter" || event.code === "NumpadEnter";
}

function startsAsGrant(text) {
  const upper = text.normalize("NFKC").toUpperCase();
  return GRANT_START.startsWith(upper) || upper.includes(GRANT_START);
}

function isGrantText(text) {
  return text.normalize("NFKC").toUpperCase().includes(GRANT_START);
}

class Burst {
  constructor(at, field) {
    this.text = "";
    this.length = 0;
    this.first = at;
    this.last = at;
    this.field = field;
    this.before = field ? field.value : "";
  }

  add(character, at) {
    this.length += 1;
    if (this.length <= SCAN_MOST) this.text += character;
    this.last = at;
  }

  goesOn(at) {
    return at - this.last <= (startsAsGrant(this.text) ? GRANT_GAP : SCAN_GAP);
  }

  isScan() {
    if (isGrantText(this.text)) return true;
    if (this.before) return false; // the rest of what stalled: a piece must not pass for the whole
    const mean = (this.last - this.first) / Math.max(1, this.length - 1);
    return this.length >= SCAN_LEAST && mean <= SCAN_MEAN;
  }

  // Leave the field as it was before the scan.
  takeBack() {
    if (!this.field || this.field.value === this.before) return;
    if (document.activeElement === this.field) {
      this.field.blur(); // ends an input method's composition, which would write again
      this.field.value = this.before;
      this.field.focus();
    }
    this.field.value = this.before;
  }
}

// Call `onScan(text)` for each scan; `fieldOf()` gives the field that keys may go into, or null.
// A text that is too long is handed over cut: the receiver will not know it.
function listenForScans(fieldOf, onScan) {
  let burst = null;

  function stop(event) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  function ended(event) {
    const done = burst;
    burst = null;
    if (!done || !done.goesOn(event.timeStamp) || !done.isScan()) return;
    stop(event); // else it would press the button that has the focus, or send the field
    done.takeBack();
    onScan(done.text.normalize("NFKC"));
  }

  window.addEventListener("keydown", (event) => {
    if (event.repeat) { burst = null; return; } // a finger rests on the key
    if (endsScan(event)) { ended(event); return; }
    if (event.ctrlKey || event.altKey || event.metaKey) { burst = null; return; }
    const character = characterOf(event);
    if (!character) return; // Shift and the like
    const at = event.timeStamp;
    if (!burst || !burst.goesOn(at)) burst = new Burst(at, fieldOf());
    burst.add(character, at);
    if (!isGrantText(burst.text)) return;
    stop(event);
    burst.takeBack();
  }, true);
}
