// Draws the cabinet as one stands before it, with the doors that matter now.
"use strict";

const COLUMN = 14; // units of the picture; a door of height 1 is ROW high
const ROW = 8;
const GAP = 0.8;

// Where a door lies in words: its column, and its number among the doors of that column.
function whereOf(cabinet, cell) {
  const mine = cabinet.cells.find((one) => one.cell === cell);
  if (!mine) return null;
  const columns = [...new Set(cabinet.cells.map((one) => one.column))].sort((one, other) => one - other);
  const above = cabinet.cells.filter((one) => one.column === mine.column && one.row < mine.row);
  return whereIs(columns.indexOf(mine.column) + 1, above.length + 1);
}

// [{cell, x, y, width, height}] and the size of the whole; a row without a door is a place of height 1.
function doorsOf(cells) {
  const columns = [...new Set(cells.map((one) => one.column))].sort((one, other) => one - other);
  const doors = [];
  let tallest = 0;
  columns.forEach((column, at) => {
    const mine = new Map(cells.filter((one) => one.column === column).map((one) => [one.row, one]));
    let y = 0;
    for (let row = 0; row <= Math.max(...mine.keys()); row += 1) {
      const door = mine.get(row);
      const height = (door ? door.height : 1) * ROW;
      if (door) doors.push({ cell: door.cell, x: at * COLUMN, y, width: COLUMN, height });
      y += height;
    }
    tallest = Math.max(tallest, y);
  });
  return { doors, width: columns.length * COLUMN, height: tallest };
}

function svg(tag, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  if (text !== undefined) made.textContent = text;
  return made;
}

// The picture, or null where nobody told how the doors lie: a guess would send people to a wrong one.
function drawCabinet(cabinet, wanted) {
  if (!cabinet || !cabinet.is_drawn || !wanted.some((cell) => cabinet.cells.some((one) => one.cell === cell))) return null;
  const { doors, width, height } = doorsOf(cabinet.cells);
  const where = wanted.map((cell) => `${inLine(cellNamed(cell))}: ${inLine(whereOf(cabinet, cell) || ["", ""])}`);
  const picture = svg("svg", { viewBox: `-1 -1 ${width + 2} ${height + 2}`, class: "cabinet", role: "img", "aria-label": where.join("; ") });
  picture.append(svg("rect", { x: -0.6, y: -0.6, width: width + 1.2, height: height + 1.2, rx: 1, class: "frame" }));
  for (const door of doors) {
    const isWanted = wanted.includes(door.cell);
    const box = svg("g", { class: isWanted ? "wanted" : "" });
    box.append(svg("rect", { x: door.x + GAP / 2, y: door.y + GAP / 2, width: door.width - GAP, height: door.height - GAP, rx: 0.8 }));
    box.append(svg("text", { x: door.x + door.width / 2, y: door.y + door.height / 2 }, door.cell));
    picture.append(box);
  }
  return picture;
}
