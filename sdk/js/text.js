// UTF-8 and base64 without the web's own classes: QuickJS has neither TextEncoder nor atob.

// What has to be done for each byte is done by the engine's own functions where it can be: an interpreter takes seconds for a
// megabyte.

/** Bytes that are decoded at once; few enough to be arguments of one call. */
const PIECE = 8192;
const latin1 = (bytes) => String.fromCharCode.apply(null, bytes);

/** The UTF-8 bytes of a text; half a surrogate pair becomes U+FFFD. */
export function encode(text) {
  if (typeof TextEncoder === "function") return new TextEncoder().encode(text);
  return encodeByHand(String(text));
}

/** The same without the web's class. */
export function encodeByHand(text) {
  const whole = text.replace(/[\ud800-\udfff]/gu, "\ufffd");
  const units = /[^\x00-\x7f]/.test(whole) ? unescape(encodeURIComponent(whole)) : whole;
  const bytes = new Uint8Array(units.length);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = units.charCodeAt(at);
  return bytes;
}

/** The text of UTF-8 bytes; what is none becomes U+FFFD. */
export function decode(bytes) {
  if (typeof TextDecoder === "function") return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  return decodeByHand(bytes);
}

/** The same without the web's class. */
export function decodeByHand(bytes) {
  let text = "";
  for (let from = 0; from < bytes.length; ) {
    let to = Math.min(bytes.length, from + PIECE);
    // No piece ends within a character.
    for (let back = 0; back < 3 && to < bytes.length && (bytes[to] & 0xc0) === 0x80; back += 1) to -= 1;
    text += piece(bytes.subarray(from, to));
    from = to;
  }
  return text;
}

function piece(bytes) {
  const units = latin1(bytes);
  if (!/[^\x00-\x7f]/.test(units)) return units;
  try {
    return decodeURIComponent(escape(units));
  } catch {
    return lossy(bytes);
  }
}

/** Character by character, as the web's decoder counts what is wrong. */
function lossy(bytes) {
  const units = new Uint16Array(bytes.length);
  let filled = 0;
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at];
    at += 1;
    if (first < 0x80) {
      units[filled++] = first;
      continue;
    }
    let more = first < 0xc2 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : first < 0xf5 ? 3 : 0;
    // The second byte's bounds: no longer form than needed, no surrogates, nothing over U+10FFFF.
    let low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
    let high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
    let code = more === 0 ? 0xfffd : first & (0x3f >> more);
    for (; more > 0; more -= 1, at += 1, low = 0x80, high = 0xbf) {
      const next = bytes[at];
      if (!(next >= low && next <= high)) {
        code = 0xfffd;
        break;
      }
      code = (code << 6) | (next & 0x3f);
    }
    if (code > 0xffff) units[filled++] = 0xd800 + ((code - 0x10000) >> 10);
    units[filled++] = code > 0xffff ? 0xdc00 + ((code - 0x10000) & 0x3ff) : code;
  }
  return latin1(units.subarray(0, filled));
}

/** Bytes as they are, a text as UTF-8. */
export function bytesOf(value) {
  if (value instanceof Uint8Array) return value;
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (typeof value === "string") return encode(value);
  throw new TypeError("bytes are a Uint8Array, an ArrayBuffer or a text");
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The base64 of bytes or of a text's UTF-8, with padding. */
export function base64(value) {
  const bytes = bytesOf(value);
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const [a, b = 0, c = 0] = bytes.subarray(at, at + 3);
    const four = [a >> 2, ((a & 3) << 4) | (b >> 4), ((b & 15) << 2) | (c >> 6), c & 63];
    const kept = bytes.length - at;
    text += four.map((six, place) => (place <= kept ? LETTERS[six] : "=")).join("");
  }
  return text;
}

/** Lower-case hexadecimal. */
export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Text with `%20` and the like read; what is no hexadecimal pair stays. */
export function percentDecode(text) {
  const bytes = encode(text);
  const read = [];
  for (let at = 0; at < bytes.length; at += 1) {
    const pair = bytes[at] === 0x25 ? decode(bytes.subarray(at + 1, at + 3)) : "";
    if (/^[0-9a-f]{2}$/i.test(pair)) {
      read.push(parseInt(pair, 16));
      at += 2;
    } else read.push(bytes[at]);
  }
  return decode(Uint8Array.from(read));
}
