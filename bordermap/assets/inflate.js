// Takes the page's data apart: gives the function that inflates the section at an offset and length, or
// gives the part of it that begins `from` there.

// `pieces` are base64, all but the last `size` characters long; those that are missing have been
// added when `rest` settles.
function inflater(pieces, size, rest) {
  const decode = (text) => {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
    const binary = atob(text);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
    return bytes;
  };
  // Every stream begins where a group of four characters does, and is decoded when asked for.
  const inflate = async (offset, length) => {
    const from = (offset / 3) * 4;
    const until = from + Math.ceil(length / 3) * 4;
    const last = Math.ceil(until / size) - 1;
    if (last >= pieces.length) await rest;
    let text = "";
    for (let j = Math.floor(from / size); j <= last; j++) text += pieces[j].slice(Math.max(0, from - j * size), until - j * size);
    const { writable, readable } = new DecompressionStream("deflate-raw");
    const writer = writable.getWriter();
    // What cannot be inflated fails where it is read.
    writer.write(decode(text).subarray(0, length)).catch(() => {});
    writer.close().catch(() => {});
    return new Uint8Array(await new Response(readable).arrayBuffer());
  };
  const shared = new Map();
  return async ([offset, length, from, bytes]) => {
    if (bytes === undefined) return inflate(offset, length);
    if (!shared.has(offset)) shared.set(offset, inflate(offset, length));
    return (await shared.get(offset)).subarray(from, from + bytes);
  };
}
