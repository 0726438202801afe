import type { Comparison } from "~/api/queries";

/** Where a column of a comparison is in the rows of each side; null: that side does not have it. */
export interface ColumnPlace {
  key: string;
  name: string;
  left: number | null;
  right: number | null;
}

/** Columns belong together by name, else, when both sides have as many, by position; so does the server see it. */
export function columnPlaces({ left, right, columns }: Comparison): ColumnPlace[] {
  const [here, there] = [left, right].map((side) =>
    side.columns.map((column) => column.name.toLowerCase()),
  ) as [string[], string[]];
  const sameNames =
    new Set(here).size === here.length && [...here].sort().join() === [...there].sort().join();
  const byPosition = !sameNames && here.length === there.length;
  return columns.map((column, index) => {
    const name = column.name.toLowerCase();
    const found = byPosition ? index : there.indexOf(name);
    return {
      key: `${index} ${column.name}`,
      name: column.name,
      // Those of the left come first, in their order.
      left: index < here.length ? index : null,
      right: column.right_type === null || found < 0 ? null : found,
    };
  });
}
