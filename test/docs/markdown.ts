import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

export const ROOT = join(__dirname, '../..');

/** A page of the documentation. */
export interface Page {
	/** Below the repository's folder. */
	path: string;
	/** Its text without code blocks. */
	prose: string;
	blocks: Array<{ language: string; code: string }>;
	/** What links and images point to, as written. */
	links: string[];
	/** The anchors of its headings, as GitHub makes them. */
	anchors: Set<string>;
}

/** Every page that people are meant to read. */
export function readPages(): Page[] {
	const docs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
		.filter((name) => name.endsWith('.md'))
		.map((name) => join('docs', name));
	return ['README.md', 'CONTRIBUTING.md', 'benchmarks/README.md', ...docs].map((path) =>
		readPage(path, readFileSync(join(ROOT, path), 'utf8')),
	);
}

/** One of the pages; fails the test when it is not there. */
export function findPage(path: string, pages = readPages()): Page {
	const page = pages.find((one) => one.path === path);
	if (!page) throw new Error(`There is no page ${path}`);
	return page;
}

/** @param path below the repository's folder */
export function readPage(path: string, text: string): Page {
	const blocks: Page['blocks'] = [];
	const prose = text.replace(
		/^([ \t]*)```(\w*)[^\n]*\n([^]*?)^\1```[ \t]*$/gm,
		(_, _indent, language: string, code: string) => {
			blocks.push({ language, code });
			return '';
		},
	);
	const anchors = new Set<string>();
	for (const [, heading] of prose.matchAll(/^#{1,6} +(.+)$/gm)) anchors.add(freeAnchor(heading!, anchors));
	return {
		path,
		prose,
		blocks,
		links: [...withoutCode(prose).matchAll(/\]\(([^()\s]+)\)/g)].map(([, target]) => target!),
		anchors,
	};
}

/** GitHub numbers headings that are alike. */
function freeAnchor(heading: string, taken: ReadonlySet<string>): string {
	const text = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
	const anchor = text.replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/ /g, '-');
	for (let number = 0; ; number++) {
		const free = number === 0 ? anchor : `${anchor}-${number}`;
		if (!taken.has(free)) return free;
	}
}

/** The folders in which developers are sent to look. */
const SOURCES = [
	...['client', 'host', 'nodes', 'credentials', 'icons', 'playground'],
	...['tools', 'test', 'benchmarks', 'docs', '.vscode'],
];

/** The paths of all files and, with a slash at the end, folders of the repository. */
export function listFiles(): string[] {
	const isFolder = (path: string) => !/\.\w+$/.test(path);
	const below = SOURCES.flatMap((folder) => [
		folder,
		...readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
			join(folder, name),
		),
	]);
	return [...readdirSync(ROOT), ...below].map((path) => (isFolder(path) ? `${path}/` : path));
}

/**
 * Files and folders that a page names in code and that are not there. A name without its folder will do, as it does for
 * people; those with a word in capitals are examples.
 */
export function missingFiles({ prose }: Page, files: readonly string[]): string[] {
	const named = [...prose.matchAll(/`([\w@.-]*(?:\/[\w@.-]+)*\/?)`/g)].map(([, name]) => name!);
	return named
		.filter((name) => /\w\/$|\w\.(ts|js|mjs|cjs|json|md|svg)$/.test(name))
		.filter((name) => !/\b(NAME|RESOURCE|VERSION)\b/.test(name) && !name.startsWith('dist/'))
		.filter((name) => !files.some((file) => file === name || file.endsWith(`/${name}`)));
}

function withoutCode(prose: string): string {
	return prose.replace(/`[^`\n]+`/g, '``');
}

/** Why each link of a page leads nowhere; addresses of other sites are not looked at. */
export function brokenLinks(page: Page, pages: Page[]): string[] {
	return page.links.flatMap((link) => {
		if (/^[a-z]+:/.test(link)) return [];
		const [file, anchor] = link.split('#') as [string, string?];
		const target = file ? linkTarget(page, file) : page.path;
		if (file && !existsSync(join(ROOT, target))) return [`${page.path}: ${link} is not there`];
		const known = pages.find(({ path }) => path === target);
		return anchor && !known?.anchors.has(anchor) ? [`${page.path}: ${link} has no such heading`] : [];
	});
}

/** Where a relative link leads, below the repository's folder. */
export function linkTarget(page: Page, link: string): string {
	return relative(ROOT, join(ROOT, dirname(page.path), link));
}

/** What stands in bold as if it were a label: it begins with a capital letter and is no sentence; a node may be a question. */
export function boldLabels(page: Page): string[] {
	return [...withoutCode(page.prose).matchAll(/\*\*([^*\n]+)\*\*/g)]
		.map(([, bold]) => bold!)
		.filter((bold) => /^[A-Z]/.test(bold) && !/[.:!]$/.test(bold))
		.flatMap((bold) => bold.split(/: | → /));
}

/** The labels that are not among those known, and where they stand. */
export function unknownLabels(page: Page, known: ReadonlySet<string>): string[] {
	return boldLabels(page)
		.filter((label) => !known.has(label))
		.map((label) => `${page.path}: ${label}`);
}

/** The cells of the first column of every table whose head begins so. */
export function firstColumn(page: Page, head: string): string[] {
	const cells: string[] = [];
	let isTable = false;
	for (const line of page.prose.split('\n')) {
		const cell = /^\| (.*?) +\| /.exec(line)?.[1];
		if (cell === undefined) isTable = false;
		else if (cell === head) isTable = true;
		else if (isTable && !/^-+$/.test(cell)) cells.push(cell);
	}
	return cells;
}
