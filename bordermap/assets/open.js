// Opens the page: the one script that stands here in full. It inflates the style sheet and the
// layer, whose hashes the page's policy names, and hands the layer the data. `ready` and `count`
// are for other programs to ask.

window.bordermap = { ready: false, count: 0 };

(async function () {
  const take = (id) => {
    const holder = document.getElementById(id);
    holder.remove();
    return holder.textContent;
  };
  const meta = JSON.parse(take("bordermap-meta"));

  try {
    const section = inflater(take("bordermap-data"));
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
