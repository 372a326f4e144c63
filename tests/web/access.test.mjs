// Is the page fit for everybody? axe's rules in both themes and on small and large screens, and the
// colours of the components against the paper and against each other, also as colour-blind readers see them.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axeSource, desktop, open, phone } from "./browser.mjs";

let site;
before(async () => {
  site = await open();
});
after(() => site?.close());

async function violations(page) {
  await page.evaluate(axeSource);
  return page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ["violations"] });
    return violations.map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .slice(0, 5)
          .map(({ target }) => target)
          .join(", ")}`,
    );
  });
}

const states = {
  "the opening case": async () => {},
  "every row and every group open": async (page) => {
    await page.getByRole("button", { name: "Open all" }).click();
    await page.evaluate(() => {
      for (const details of document.querySelectorAll("details")) details.open = true;
    });
    await page.waitForTimeout(50);
  },
  "a wrong field": (page) => page.fill("#field-batch", "many"),
  "an open search": async (page) => {
    await page.locator("#field-gpu").focus();
    await page.keyboard.type("nvidia");
  },
  "two set-ups side by side, every chart drawn": async (page) => {
    await page.getByRole("button", { name: "Keep this to compare" }).click();
    await page.fill("#field-batch", "2");
    for (const element of ["tl-sweep", "tl-fits", "tl-treemap", "tl-export"]) {
      await page.locator(element).scrollIntoViewIfNeeded();
      await page.waitForSelector(element === "tl-export" ? `${element} button` : `${element} svg`);
    }
  },
  inference: (page) => page.getByRole("radio", { name: "Run", exact: true }).check(),
};

for (const colorScheme of ["light", "dark"]) {
  for (const [size, viewport] of Object.entries({ phone, desktop })) {
    for (const [state, reach] of Object.entries(states)) {
      test(`axe finds nothing: ${state}, ${colorScheme}, ${size}`, async () => {
        const { page, close } = await site.visit("", { viewport, colorScheme, bypassCSP: true });
        try {
          await page.waitForSelector("tl-timeline .phases");
          await reach(page);
          assert.deepEqual(await violations(page), []);
        } finally {
          await close();
        }
      });
    }
  }
}

const components = [
  "weights",
  "gradients",
  "optimizer",
  "activations",
  "logits",
  "kv_cache",
  "state",
  "buffers",
];

/** The colours of a theme as [red, green, blue] of linear light. */
async function colours(colorScheme) {
  const { page, close } = await site.visit("", { colorScheme });
  const names = ["paper", ...components];
  const found = await page.evaluate((names) => {
    const probe = document.body.appendChild(document.createElement("i"));
    return names.map((name) => {
      probe.style.color = `var(--${name})`;
      return getComputedStyle(probe).color.match(/\d+/g).map(Number);
    });
  }, names);
  await close();
  return Object.fromEntries(names.map((name, index) => [name, found[index].map(linear)]));
}

const linear = (byte) => {
  const value = byte / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
};

const luminance = ([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b;

const contrast = (one, other) => {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
};

// Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision
// Deficiency", 2009: severity 1.
const sight = {
  "full colour vision": [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

const seen = (matrix, colour) =>
  matrix.map((row) => row.reduce((sum, k, i) => sum + k * colour[i], 0));

/** The distance of two colours in Oklab, times 100: 2 is just to be told apart, side by side. */
function distance(one, other) {
  const [a, b] = [oklab(one), oklab(other)];
  return 100 * Math.hypot(...a.map((value, i) => value - b[i]));
}

function oklab([r, g, b]) {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

for (const theme of ["light", "dark"]) {
  test(`the components stand out from the ${theme} paper by 3 to 1`, async () => {
    const { paper, ...all } = await colours(theme);
    for (const [name, colour] of Object.entries(all)) {
      assert.ok(contrast(colour, paper) >= 3, `${name}: ${contrast(colour, paper).toFixed(2)}`);
    }
  });

  for (const [name, matrix] of Object.entries(sight)) {
    test(`no two components look alike in the ${theme} theme with ${name}`, async () => {
      const all = await colours(theme);
      const close = [];
      for (const [i, one] of components.entries()) {
        for (const other of components.slice(i + 1)) {
          const far = distance(seen(matrix, all[one]), seen(matrix, all[other]));
          if (far < 7) close.push(`${one} and ${other}: ${far.toFixed(1)}`);
        }
      }
      assert.deepEqual(close, []);
    });
  }
}
