/** Which cell of a grid has the focus, which are selected, and where keys lead. */

/** Row -1 is the header. */
export interface Place {
  row: number;
  column: number;
}

/** First and last are both in it. */
export interface Range {
  top: number;
  bottom: number;
  left: number;
  right: number;
}

export interface Cursor {
  active: Place;
  /** The corner of the selection that stays when it is extended. */
  anchor: Place;
  range: Range;
}

export interface Bounds {
  rows: number;
  columns: number;
  /** Rows that a page of the screen has. */
  page: number;
}

export function cursorAt(row: number, column: number): Cursor {
  const place = { row, column };
  return { active: place, anchor: place, range: { top: row, bottom: row, left: column, right: column } };
}

export function extendedTo(cursor: Cursor, active: Place): Cursor {
  const anchor = { row: Math.max(cursor.anchor.row, 0), column: cursor.anchor.column };
  return {
    active,
    anchor,
    range: {
      top: Math.min(anchor.row, active.row),
      bottom: Math.max(anchor.row, active.row),
      left: Math.min(anchor.column, active.column),
      right: Math.max(anchor.column, active.column),
    },
  };
}

export function withRows(cursor: Cursor, top: number, bottom: number, columns: number): Cursor {
  const anchor = { row: top, column: 0 };
  return { active: cursor.active, anchor, range: { top, bottom, left: 0, right: columns - 1 } };
}

export function withColumn(cursor: Cursor, rows: number): Cursor {
  const { column } = cursor.active;
  return {
    active: cursor.active,
    anchor: { row: 0, column },
    range: { top: 0, bottom: rows - 1, left: column, right: column },
  };
}

interface Key {
  key: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
}

/** The cursor after a key that moves or selects; null for every other key. */
export function cursorAfter(cursor: Cursor, event: Key, bounds: Bounds): Cursor | null {
  const far = event.ctrlKey || event.metaKey;
  if (far && event.key.toLowerCase() === "a" && bounds.rows > 0)
    return withRows(cursor, 0, bounds.rows - 1, bounds.columns);
  if (event.key === " " && event.shiftKey && cursor.active.row >= 0)
    return withRows(cursor, cursor.active.row, cursor.active.row, bounds.columns);
  if (event.key === " " && far && bounds.rows > 0) return withColumn(cursor, bounds.rows);
  if (event.key === "Escape") {
    const { active, range } = cursor;
    const single = range.top === range.bottom && range.left === range.right;
    return single ? null : cursorAt(active.row, active.column);
  }
  const target = targetOf(cursor.active, event.key, far, bounds);
  if (target === null) return null;
  const first = event.shiftKey && bounds.rows > 0 ? 0 : -1;
  const place = {
    row: Math.min(Math.max(target.row, first), bounds.rows - 1),
    column: Math.min(Math.max(target.column, 0), bounds.columns - 1),
  };
  return event.shiftKey ? extendedTo(cursor, place) : cursorAt(place.row, place.column);
}

function targetOf({ row, column }: Place, key: string, far: boolean, bounds: Bounds): Place | null {
  const [lastRow, lastColumn] = [bounds.rows - 1, bounds.columns - 1];
  switch (key) {
    case "ArrowUp":
      return { row: far ? 0 : row - 1, column };
    case "ArrowDown":
      return { row: far ? lastRow : row + 1, column };
    case "ArrowLeft":
      return { row, column: far ? 0 : column - 1 };
    case "ArrowRight":
      return { row, column: far ? lastColumn : column + 1 };
    case "Home":
      return { row: far ? 0 : row, column: 0 };
    case "End":
      return { row: far ? lastRow : row, column: lastColumn };
    case "PageUp":
      return { row: Math.max(row - bounds.page, row < 0 ? -1 : 0), column };
    case "PageDown":
      return { row: row + bounds.page, column };
    default:
      return null;
  }
}
