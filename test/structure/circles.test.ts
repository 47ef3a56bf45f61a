import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';

const ROOT = resolve(__dirname, '../..');
const FOLDERS = ['client', 'credentials', 'host', 'nodes'];

/** What each file of the package imports of it, types included; ESLint's rule for circles leaves types out. */
function importsByFile(): Map<string, string[]> {
	const files = FOLDERS.flatMap((folder) =>
		readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
			.filter((name) => name.endsWith('.ts'))
			.map((name) => join(ROOT, folder, name)),
	);
	const known = new Set(files);
	const resolved = (from: string, specifier: string) => {
		const path = resolve(dirname(from), specifier);
		return [`${path}.ts`, join(path, 'index.ts')].find((candidate) => known.has(candidate));
	};
	return new Map(
		files.map((file) => {
			const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'));
			return [file, importedFiles.flatMap(({ fileName }) => resolved(file, fileName) ?? [])];
		}),
	);
}

/** The files of a circle, the first once more at its end; undefined when there is none. */
function findCircle(imports: Map<string, string[]>): string[] | undefined {
	const done = new Set<string>();
	const visit = (file: string, path: string[]): string[] | undefined => {
		if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
		if (done.has(file)) return undefined;
		for (const next of imports.get(file) ?? []) {
			const circle = visit(next, [...path, file]);
			if (circle) return circle;
		}
		done.add(file);
		return undefined;
	};
	for (const file of imports.keys()) {
		const circle = visit(file, []);
		if (circle) return circle;
	}
	return undefined;
}

test('the files of the package import each other in no circle, types included', () => {
	const imports = importsByFile();
	expect(imports.size).toBeGreaterThan(150);
	const circle = findCircle(imports);
	expect(circle?.map((file) => relative(ROOT, file))).toBeUndefined();
});

test('a circle of three files is found, and named in its order', () => {
	const imports = new Map([
		['a', ['b']],
		['b', ['d', 'c']],
		['c', ['a']],
		['d', []],
	]);
	expect(findCircle(imports)).toEqual(['a', 'b', 'c', 'a']);
});
