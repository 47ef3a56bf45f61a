import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INodeProperties, INodePropertyCollection, INodePropertyOptions } from 'n8n-workflow';
import { ChatGptApi } from '../../credentials/ChatGptApi.credentials';
import { ChatGpt } from '../../nodes/ChatGpt/ChatGpt.node';
import { inputsFor } from '../../nodes/ChatGpt/inputs';
import packageJson from '../../package.json';
import playground from '../../playground/package.json';
import {
	boldLabels,
	brokenLinks,
	findPage,
	firstColumn,
	linkTarget,
	listFiles,
	missingFiles,
	readPage,
	readPages,
	ROOT,
	unknownLabels,
} from './markdown';
import { N8N_LABELS, NO_FIXED_LABELS } from './n8nLabels';
import { parameterProblems } from './nodeParameters';
import { errorTexts, pattern, textsInSource } from './sourceTexts';
import { readWorkflows, WORKFLOW_FILES } from './workflows';

const { description } = new ChatGpt();
const { properties: credentialProperties, displayName: credentialName } = new ChatGptApi();
const pages = readPages();
const workflows = readWorkflows(pages);
const EDITOR_LABELS = [
	...N8N_LABELS,
	...inputsFor({}).flatMap(({ displayName }) => displayName ?? []),
	...labelsOf([...description.properties, ...credentialProperties]),
];

test('every link of the documentation leads to a file or a heading that is there', () => {
	expect(pages.flatMap((page) => brokenLinks(page, pages))).toEqual([]);
});

test('every file that a page for developers names is there', () => {
	const files = listFiles();
	const forDevelopers = pages.filter(({ path }) =>
		/^CONTRIBUTING\.md$|^docs\/(architecture\.md|contributing\/|decisions\/)/.test(path),
	);
	const missing = forDevelopers.flatMap((page) =>
		missingFiles(page, files).map((name) => `${page.path}: ${name}`),
	);
	expect(missing).toEqual([]);
	expect(forDevelopers.length).toBeGreaterThan(20);
});

test.each(workflows.map((workflow) => [workflow.place, workflow] as const))(
	'the workflow in %s sets only what the node has',
	(_, { nodes, connections }) => {
		// n8n makes a tool of the node, under a name and with a field of its own.
		const ours = nodes.filter(
			({ type }) => type.replace(/Tool$/, '') === `${packageJson.name}.${description.name}`,
		);
		expect(ours).not.toEqual([]);
		for (const node of ours) {
			const parameters = { ...node.parameters };
			delete parameters.toolDescription;
			expect([node.name, ...parameterProblems({ ...node, parameters }, description)]).toEqual([node.name]);
			expect(node.typeVersion).toBe(description.version);
		}
		const names = nodes.map(({ name }) => name);
		expect(new Set(names).size).toBe(names.length);
		const connected = Object.entries(connections).flatMap(([from, outputs]) => [
			from,
			...Object.values(outputs).flatMap((output) =>
				output.flatMap((to) => to?.map(({ node }) => node) ?? []),
			),
		]);
		expect(connected.filter((name) => !names.includes(name))).toEqual([]);
	},
);

test('every workflow file is linked from a page', () => {
	const linked = pages.flatMap((page) => page.links.map((link) => linkTarget(page, link)));
	expect(WORKFLOW_FILES.filter((file) => !linked.includes(file))).toEqual([]);
});

test('the image and the requirements name the n8n that the tests run', () => {
	const found = (path: string, text: RegExp) => text.exec(readFileSync(join(ROOT, path), 'utf8'))?.[1];
	const { n8n } = playground.dependencies;
	expect(found('docker/Dockerfile', /^FROM docker\.n8n\.io\/n8nio\/n8n:(\S+)$/m)).toBe(n8n);
	expect(found('README.md', /tested with (\d[\d.]*\d)\./)).toBe(n8n);
	expect(found('docs/README.zh-CN.md', /已在 (\S+) 上测试/)).toBe(n8n);
});

test('every npm command of the documentation is a script of the package or one of npm', () => {
	const ofNpm = ['ci', 'install', 'pack', 'rebuild'];
	const missing = pages.flatMap(({ path, prose, blocks }) => {
		const shell = blocks.filter(({ language }) => /^(bash|sh)$/.test(language)).map(({ code }) => code);
		const inline = [...prose.matchAll(/`(npm [^`]+)`/g)].map(([, command]) => command!);
		return [...shell, ...inline]
			.flatMap((code) => [...code.matchAll(/\bnpm (?:(run) )?([\w:-]+)/g)])
			.filter(([, run, name]) => !(name! in packageJson.scripts) && (run || !ofNpm.includes(name!)))
			.map(([command]) => `${path}: ${command}`);
	});
	expect(missing).toEqual([]);
});

test('every label in bold in a guide is one of the editor', () => {
	const known = new Set([
		...EDITOR_LABELS,
		...NO_FIXED_LABELS,
		description.displayName,
		credentialName,
		...workflows.flatMap(({ nodes }) => nodes.map(({ name }) => name)),
	]);
	const guides = pages.filter(({ path }) => /^(README|docs\/README\.zh-CN)\.md$|^docs\/guides\//.test(path));
	expect(guides.flatMap((page) => unknownLabels(page, known))).toEqual([]);
});

test('a note in a workflow puts in bold labels of the editor and nodes that are there', () => {
	const notes = workflows.flatMap(({ place, nodes }) => {
		const known = new Set([...EDITOR_LABELS, ...nodes.map(({ name }) => name)]);
		return nodes
			.filter(({ type }) => type.endsWith('.stickyNote'))
			.map((note) => ({ page: readPage(place, note.parameters.content as string), known }));
	});
	expect(notes.flatMap(({ page, known }) => unknownLabels(page, known))).toEqual([]);
	expect(notes.flatMap(({ page }) => boldLabels(page))).not.toEqual([]);
});

describe('texts of errors', () => {
	const documented = firstColumn(findPage('docs/guides/troubleshooting.md', pages), 'It says').map((cell) =>
		cell.replace(/\\([|*_`])/g, '$1'),
	);

	test('the troubleshooting guide has only texts of the source', () => {
		const source = textsInSource();
		expect(documented.filter((text) => !source.has(pattern(text)))).toEqual([]);
		expect(documented.length).toBeGreaterThan(50);
	});

	test('the troubleshooting guide has every text by which the node says that something is wrong', () => {
		const patterns = documented.map(pattern);
		expect([...errorTexts()].filter((text) => !patterns.includes(text))).toEqual([]);
	});
});

/** Everything that the editor shows of fields: their names, what there is to choose, and what buttons say. */
function labelsOf(
	properties: Array<INodeProperties | INodePropertyOptions | INodePropertyCollection>,
): string[] {
	return properties.flatMap((property) => {
		const { name, displayName, action, placeholder, typeOptions, options, values, modes } =
			property as Partial<INodeProperties & INodePropertyOptions & INodePropertyCollection>;
		return [
			displayName ?? name,
			action,
			placeholder,
			typeOptions?.multipleValueButtonText,
			...(modes ?? []).map((mode) => mode.displayName),
			...labelsOf(options ?? []),
			...labelsOf(values ?? []),
		].filter((label) => label !== undefined);
	});
}
