// Takes the page's data apart: gives the function that inflates the section at an offset and length.

function inflater(base64) {
  const decode = (text) => {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
    const binary = atob(text);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
    return bytes;
  };
  // Every section begins where a group of four characters does, and is decoded when asked for.
  return async ([offset, length]) => {
    const from = (offset / 3) * 4;
    const part = decode(base64.slice(from, from + Math.ceil(length / 3) * 4)).subarray(0, length);
    const { writable, readable } = new DecompressionStream("deflate-raw");
    const writer = writable.getWriter();
    // What cannot be inflated fails where it is read.
    writer.write(part).catch(() => {});
    writer.close().catch(() => {});
    return new Uint8Array(await new Response(readable).arrayBuffer());
  };
}
