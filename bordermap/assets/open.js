// Opens the page: the one script that stands here in full. It inflates the style sheet and the
// layer, whose hashes the page's policy names, and hands the layer the data. `ready` and `count`
// are for other programs to ask.

window.bordermap = { ready: false, count: 0 };

(async function () {
  const meta = JSON.parse(document.getElementById("bordermap-meta").textContent);
  const holder = document.getElementById("bordermap-data");
  const text = holder.textContent;
  holder.remove();

  function decode(base64) {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
    const binary = atob(base64);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
    return bytes;
  }

  try {
    // Every section begins where a group of four characters does, and is decoded when asked for.
    const section = async ([offset, length]) => {
      const from = (offset / 3) * 4;
      const part = decode(text.slice(from, from + Math.ceil(length / 3) * 4)).subarray(0, length);
      const stream = new Blob([part]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
      return new Uint8Array(await new Response(stream).arrayBuffer());
    };
    for (const [kind, at] of [["style", meta.style], ["script", meta.layer]]) {
      const node = document.createElement(kind);
      node.textContent = new TextDecoder().decode(await section(at));
      document.head.append(node);
    }
    const { begin } = window.bordermap;
    delete window.bordermap.begin;
    await begin(meta, section, window.map_bordermap);
  } catch (error) {
    console.error(error);
    const failed = document.createElement("p");
    failed.className = "bm-failed";
    failed.setAttribute("role", "alert");
    failed.textContent = meta.failed;
    document.body.prepend(failed);
  }
})();
