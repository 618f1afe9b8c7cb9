// Albums: several messages that belong together are drawn as one, their pictures as a mosaic.

const WIDEST_ROW = 3; // on a phone more would be slivers

/** The lines with each album made one of them; its messages are the `parts`. */
export function joined(messages) {
  const out = [];
  for (const line of messages) {
    const before = out.at(-1);
    if (line.album && before?.album === line.album && before.from_id === line.from_id) before.parts.push(line);
    else out.push(line.album ? { ...line, parts: [line] } : line);
  }
  return out.map((line) => (line.parts ? whole(line) : line));
}

/** Below the pictures stands the one caption there is; several captions stay with their pictures. */
function whole(line) {
  const { parts } = line;
  const said = parts.filter((part) => part.text);
  const one = said.length === 1 && isVisual(line) ? said[0] : null;
  return {
    ...line,
    text: one ? one.text : "",
    entities: one ? one.entities : [],
    edited: parts.find((part) => part.edited)?.edited,
    pinned: parts.some((part) => part.pinned),
    date: parts.at(-1).date,
    reactions: parts.flatMap((part) => part.reactions || []).length ? parts.flatMap((part) => part.reactions || []) : undefined,
  };
}

export function isVisual(line) {
  return Boolean(line.photo || line.video);
}

/** How many pictures stand in each row, so that the whole comes close to a square and no row is much higher. */
export function rows(ratios) {
  let best = null;
  for (const split of splits(ratios.length)) {
    let at = 0;
    const heights = split.map((count) => 1 / ratios.slice(at, (at += count)).reduce((sum, ratio) => sum + ratio, 0));
    const height = heights.reduce((sum, one) => sum + one, 0);
    const uneven = Math.max(...heights) / Math.min(...heights) - 1;
    const score = Math.abs(Math.log(height)) * 2 + uneven * 0.35 + (split[0] > split.at(-1) ? 0.1 : 0);
    if (!best || score < best.score) best = { score, split };
  }
  return best.split;
}

function* splits(count) {
  if (count === 0) yield [];
  for (let first = 1; first <= Math.min(WIDEST_ROW, count); first++) {
    for (const rest of splits(count - first)) yield [first, ...rest];
  }
}
