// Measures the page that is open and returns what is wrong with it, a line each.
(() => {
  const found = new Set();
  const shown = (e) => e.checkVisibility({ visibilityProperty: true }) && !e.closest(".hidden, .skip");
  const name = (e) => `<${e.tagName.toLowerCase()} class="${e.className}"> "${e.textContent.trim().slice(0, 30)}"`;

  const rgba = (text) => {
    const n = text.match(/[\d.]+/g).map(Number);
    return { r: n[0], g: n[1], b: n[2], a: n.length > 3 ? n[3] : 1 };
  };
  const luminance = ({ r, g, b }) => {
    const [R, G, B] = [r, g, b].map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * R + 0.7152 * G + 0.0722 * B;
  };
  const contrast = (a, b) => {
    const [hi, lo] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (hi + 0.05) / (lo + 0.05);
  };
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const c = rgba(getComputedStyle(e).backgroundColor);
      if (c.a === 1) return c;
      if (c.a > 0) found.add(`${name(e)} has a half transparent ground, which is not measured`);
    }
    return { r: 255, g: 255, b: 255 };
  };

  // Text: 4.5 to 1 on its ground.
  let texts = 0;
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let t; (t = walk.nextNode());) {
    const e = t.parentElement;
    if (!t.data.trim() || !shown(e)) continue;
    texts++;
    const c = contrast(rgba(getComputedStyle(e).color), ground(e));
    if (c < 4.5) found.add(`contrast ${c.toFixed(2)} of ${name(e)}`);
  }
  if (texts < 4) found.add(`only ${texts} texts on the page`);

  // The question field: its placeholder 4.5 to 1, its border 3 to 1 on both sides.
  const field = document.getElementById("text");
  if (field) {
    if (contrast(rgba(getComputedStyle(field, "::placeholder").color), ground(field)) < 4.5) found.add("contrast of the placeholder");
    const edge = rgba(getComputedStyle(field).borderTopColor);
    if (contrast(edge, ground(field)) < 3 || contrast(edge, ground(field.parentElement)) < 3) found.add("contrast of the field's border");
  }

  // What is pressed is at least 44 pixels high; links in running text may be lines.
  for (const e of document.querySelectorAll("button, summary, input:not([type=hidden]), a.pill")) {
    const h = e.getBoundingClientRect().height;
    if (shown(e) && h < 44) found.add(`${name(e)} is ${h.toFixed(1)} pixels high`);
  }
  for (const e of document.querySelectorAll(".sources a")) {
    const h = e.getBoundingClientRect().height;
    if (shown(e) && h < 24) found.add(`${name(e)} is ${h.toFixed(1)} pixels high`);
  }

  // What is pressed and what is seen has a name, an id stands once, and the order
  // of the page is the order of tabbing.
  for (const e of document.querySelectorAll("button, summary, a[href]")) {
    if (shown(e) && !e.textContent.trim() && !e.getAttribute("aria-label")) found.add(`${name(e)} has no name`);
  }
  for (const e of document.querySelectorAll("input:not([type=hidden]), textarea, select")) {
    if (!e.labels.length && !e.getAttribute("aria-label")) found.add(`${name(e)} has no label`);
  }
  for (const e of document.querySelectorAll("img")) {
    if (!e.hasAttribute("alt")) found.add(`${e.src} has no alternative text`);
    if (e.complete && !e.naturalWidth) found.add(`${e.src} is no picture`);
  }
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) found.add(`id ${id} stands twice`);
  for (const e of document.querySelectorAll("[tabindex]")) if (e.tabIndex > 0) found.add(`${name(e)} jumps the order of tabbing`);

  // Nothing sticks out to the side.
  const width = document.documentElement.clientWidth;
  if (document.scrollingElement.scrollWidth > width) found.add(`the page is ${document.scrollingElement.scrollWidth} wide in ${width}`);
  for (const e of document.querySelectorAll("body *")) {
    const box = e.getBoundingClientRect();
    if (shown(e) && (box.right > width + 0.5 || box.left < -0.5)) found.add(`${name(e)} spans ${box.left}…${box.right} of ${width}`);
  }
  return [...found].join("\n");
})()
