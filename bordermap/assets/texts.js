// Texts in blocks of rows, their frequent words in codes of one or two bytes (_scene/pack.py): one row's
// text, and the rows that hold some words.

const ROW_END = 0;
const LITERAL = 1;
const FIRST = 2;
const BLOCKS_KEPT = 48;

// As a search compares: without case and accents.
function fold(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

class Texts {
  constructor(column, store) {
    this.column = column;
    this.name = column.name;
    this.store = store;
    this.rows = store.meta.block_rows;
    this.kept = new Map();
  }

  // The words that have codes; none where the texts stand as they are.
  vocabulary() {
    const { words } = this.column;
    this.words ??= words
      ? this.store.section(words).then((bytes) => new TextDecoder().decode(bytes).split("\0"))
      : Promise.resolve(null);
    return this.words;
  }

  // The last blocks used stay inflated.
  block(index) {
    let block = this.kept.get(index);
    this.kept.delete(index);
    block ??= this.open(index);
    this.kept.set(index, block);
    if (this.kept.size > BLOCKS_KEPT) this.kept.delete(this.kept.keys().next().value);
    return block;
  }

  async open(index) {
    const { short, blocks } = this.column;
    const rows = Math.min(this.rows, this.store.n - index * this.rows);
    const [bytes, words] = await Promise.all([this.store.section(blocks[index]), this.vocabulary()]);
    return new Block(bytes, rows, words, short);
  }

  async text(row) {
    const block = await this.block(Math.floor(row / this.rows));
    return block.text(row % this.rows);
  }

  async folded(index) {
    const words = await this.vocabulary();
    this.foldedWords ??= words && words.map(fold);
    const block = await this.open(index);
    return block.folded(this.foldedWords);
  }
}

class Block {
  constructor(bytes, rows, words, short) {
    this.bytes = bytes;
    this.rows = rows;
    this.words = words;
    this.short = short;
    this.decoder = new TextDecoder();
    if (words) this.index();
    else this.texts = this.decoder.decode(bytes).split("\0");
  }

  // Where each row's first bytes, second bytes and literal words begin.
  index() {
    const { bytes, rows } = this;
    const prefix = this.short + FIRST;
    const starts = (this.starts = new Int32Array(rows));
    const seconds = (this.seconds = new Int32Array(rows));
    const literals = (this.literals = new Int32Array(rows));
    let i = 0;
    let second = 0;
    let literal = 0;
    for (let row = 0; row < rows; row++) {
      starts[row] = i;
      seconds[row] = second;
      literals[row] = literal;
      for (let code = bytes[i++]; code !== ROW_END; code = bytes[i++]) {
        if (code === LITERAL) literal++;
        else if (code >= prefix) second++;
      }
    }
    for (let row = 0; row < rows; row++) seconds[row] += i;
    // The literal words follow the second bytes, each with a NUL behind it.
    this.rest = i + second;
    this.found = null;
  }

  // The literal words; decoded at the first use.
  strings() {
    this.found ??= this.decoder.decode(this.bytes.subarray(this.rest)).split("\0");
    return this.found;
  }

  text(row) {
    return this.texts ? this.texts[row] : this.spelled(row, this.words, this.strings());
  }

  spelled(row, words, strings) {
    const { bytes, short } = this;
    let i = this.starts[row];
    let second = this.seconds[row];
    let literal = this.literals[row];
    let out = "";
    for (let code = bytes[i++]; code !== ROW_END; code = bytes[i++]) {
      if (code === LITERAL) out += strings[literal++];
      else if (code < short + FIRST) out += words[code - FIRST];
      else out += words[short + (code - FIRST - short) * 256 + bytes[second++]];
    }
    return out;
  }

  // All rows as a search compares them, a NUL behind each.
  folded(words) {
    if (this.texts) return fold(this.texts.join("\0"));
    const strings = fold(this.decoder.decode(this.bytes.subarray(this.rest))).split("\0");
    const out = [];
    for (let row = 0; row < this.rows; row++) out.push(this.spelled(row, words, strings));
    return out.join("\0") + "\0";
  }
}

// Marks in `hits` the rows of a block's folded text that hold a word.
function markRows(text, word, hits) {
  let row = 0;
  let end = text.indexOf("\0");
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, end)) {
    while (end < at) {
      end = text.indexOf("\0", end + 1);
      row++;
    }
    hits[row] = 1;
  }
}

// A byte for each row: 1 where every word stands in one of its texts. Goes through block after
// block so that the page stays alive; `told` hears of the share done, and stops it by `false`.
async function searchTexts(store, words, told) {
  await store.load(store.meta.columns.filter(({ kind }) => kind === "category").map(({ name }) => name));
  const size = store.meta.block_rows;
  const labelled = store.meta.columns.filter(({ kind }) => kind === "category").map(({ labels, values }) => {
    const folded = labels.map(fold);
    return { values, hits: words.map((word) => Uint8Array.from(["", ...folded], (label) => Number(label.includes(word)))) };
  });
  const matches = new Uint8Array(store.n);
  const count = Math.ceil(store.n / size);
  const texts = (index) => Promise.all(store.texted.map((column) => column.folded(index)));
  let coming = texts(0);
  for (let index = 0; index < count; index++) {
    const [found] = await Promise.all([coming, new Promise((resume) => setTimeout(resume))]);
    if (told(index / count) === false) return null;
    if (index + 1 < count) coming = texts(index + 1);
    const first = index * size;
    const rows = Math.min(size, store.n - first);
    const all = new Uint8Array(rows).fill(1);
    words.forEach((word, j) => {
      const hits = new Uint8Array(rows);
      for (const text of found) markRows(text, word, hits);
      for (const { values, hits: wanted } of labelled) {
        for (let i = 0; i < rows; i++) hits[i] |= wanted[j][values[first + i]];
      }
      for (let i = 0; i < rows; i++) all[i] &= hits[i];
    });
    matches.set(all, first);
  }
  return matches;
}
