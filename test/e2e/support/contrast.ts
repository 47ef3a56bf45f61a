import type { Locator } from 'playwright-core';

/** The part of a browser's types that is needed here: this project is compiled without them. */
interface BrowserElement {
	src: string;
	parentElement: BrowserElement | null;
}

interface BrowserGlobals {
	document: {
		createElement(name: 'canvas'): {
			getContext(kind: '2d'): {
				fillStyle: string;
				fillRect(...rectangle: number[]): void;
				getImageData(...rectangle: number[]): { data: Uint8ClampedArray };
			};
		};
	};
	getComputedStyle(element: BrowserElement): { backgroundColor: string };
}

/**
 * How well an icon stands out from what is behind it, by the formula of WCAG 2; 3 is the least for pictures.
 *
 * @param icon an img with an SVG whose first fill covers most of it
 */
export async function iconContrast(icon: Locator): Promise<number> {
	const [front, back] = await icon.evaluate(async (element) => {
		const { document, getComputedStyle } = globalThis as unknown as BrowserGlobals;
		const image = element as unknown as BrowserElement;
		const svg = await (await fetch(image.src)).text();
		let behind = image;
		while (behind.parentElement && /^rgba\(.*, 0\)$/.test(getComputedStyle(behind).backgroundColor)) {
			behind = behind.parentElement;
		}
		// A canvas makes bytes of any notation that a theme uses.
		const context = document.createElement('canvas').getContext('2d');
		return [/fill="(#\w+)"/.exec(svg)![1]!, getComputedStyle(behind).backgroundColor].map((color) => {
			context.fillStyle = color;
			context.fillRect(0, 0, 1, 1);
			return [...context.getImageData(0, 0, 1, 1).data];
		});
	});
	const [lighter, darker] = [luminance(front!), luminance(back!)].sort((a, b) => b - a);
	return (lighter! + 0.05) / (darker! + 0.05);
}

function luminance(color: number[]): number {
	const [red, green, blue] = color.map((byte) => {
		const value = byte / 255;
		return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
	});
	return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}
