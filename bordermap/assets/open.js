// Opens the page: the one script that stands here in full. It inflates the style sheet and the
// layer, whose hashes the page's policy names, and hands the layer the data. `ready` and `count`
// are for other programs to ask.

window.bordermap = { ready: false, count: 0 };

(async function () {
  const text = (id) => document.getElementById(id).textContent;
  const meta = JSON.parse(text("bordermap-meta"));

  function decode(base64) {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
    const binary = atob(base64);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
    return bytes;
  }

  try {
    const bytes = decode(text("bordermap-data").trim());
    const section = async ([offset, length]) => {
      const part = new Blob([bytes.subarray(offset, offset + length)]);
      const stream = part.stream().pipeThrough(new DecompressionStream("deflate-raw"));
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
