// Opens the page: the one script that stands here in full. It inflates the style sheet and the
// layer, whose hashes the page's policy names, and hands the layer the data. `ready` and `count`
// are for other programs to ask.

window.bordermap = { ready: false, count: 0 };

(async function () {
  const take = (holder) => {
    holder.remove();
    return (holder.content ?? holder).textContent;
  };
  const meta = JSON.parse(take(document.getElementById("bordermap-meta")));
  // What the page opens with stands before this script; the rest is read meanwhile.
  const pieces = [];
  const gather = () => pieces.push(...Array.from(document.querySelectorAll(".bordermap-data"), take));
  gather();
  const rest = new Promise((read) => addEventListener("DOMContentLoaded", () => read(gather())));

  try {
    const section = inflater(pieces, meta.piece, rest);
    const parts = [["style", section(meta.style)], ["script", section(meta.layer)]];
    for (const [kind, coming] of parts) {
      const node = document.createElement(kind);
      node.textContent = new TextDecoder().decode(await coming);
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
