import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from './markdown';

/** A text as its fixed parts: "The server failed in … attempts" has two. */
export type Pattern = string;

const GAP = '…';

/** Every text that stands in the source of what the package ships, with … for what is filled in. */
export function textsInSource(): Set<Pattern> {
	const texts = new Set<Pattern>();
	for (const source of shippedFiles()) {
		walk(source, (node) => {
			if (isText(node)) texts.add(pattern(textOf(node)));
		});
	}
	return texts;
}

/** Files whose every `message` is shown to people. */
const SAY_WHAT_HAPPENED = /(failureTexts|itemErrors|ChatGptApi\.credentials)\.ts$/;
/** What makes an error that people see, and which of its arguments is the sentence. */
const PROBLEMS: Record<string, number> = { InputProblem: 1, InvalidConnectionError: 0, UnclearExample: 1 };
/** Functions that put a label in front of a sentence; what finishes it begins in lower case, unlike labels and hints. */
const SAYING = ['problem', 'said'];

/**
 * The sentences by which the node and its credential say that something is wrong. Those about a single place of a
 * schema are left out: they finish "In the schema, …", and come with what to write instead.
 */
export function errorTexts(): Set<Pattern> {
	const texts = new Set<Pattern>();
	const add = (expression: ts.Expression | undefined) => {
		for (const text of expression ? alternatives(expression) : [])
			if (/\p{L}.*\p{L}{3}/su.test(text)) texts.add(pattern(text));
	};
	for (const source of shippedFiles()) {
		const saysWhatHappened = SAY_WHAT_HAPPENED.test(source.fileName);
		walk(source, (node) => {
			if (ts.isNewExpression(node) && ts.isIdentifier(node.expression)) {
				const place = PROBLEMS[node.expression.text];
				if (place !== undefined) add(node.arguments?.[place]);
			}
			if (ts.isCallExpression(node) && SAYING.includes(node.expression.getText(source)))
				node.arguments.filter((one) => isText(one) && /^[a-z(]/.test(textOf(one))).forEach(add);
			if (saysWhatHappened && ts.isPropertyAssignment(node) && node.name.getText(source) === 'message')
				add(node.initializer);
		});
	}
	return texts;
}

/** The same for a text of the documentation, which writes … for what is filled in. */
export function pattern(text: string): Pattern {
	return text
		.split(GAP)
		.map((part) => part.replace(/\s+/g, ' ').trim())
		.filter(Boolean)
		.join(GAP);
}

function* shippedFiles(): Generator<ts.SourceFile> {
	for (const folder of ['client', 'credentials', 'host', 'nodes']) {
		for (const name of readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })) {
			if (!name.endsWith('.ts')) continue;
			const file = join(ROOT, folder, name);
			yield ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, true);
		}
	}
}

function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
	visit(node);
	ts.forEachChild(node, (child) => walk(child, visit));
}

type Text = ts.StringLiteralLike | ts.TemplateExpression;

function isText(node: ts.Node): node is Text {
	return ts.isStringLiteralLike(node) || ts.isTemplateExpression(node);
}

function textOf(node: Text): string {
	if (ts.isStringLiteralLike(node)) return node.text;
	return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join(GAP);
}

/** What an expression may give: each branch of a choice. */
function alternatives(expression: ts.Expression): string[] {
	if (isText(expression)) return [textOf(expression)];
	if (ts.isParenthesizedExpression(expression)) return alternatives(expression.expression);
	if (ts.isConditionalExpression(expression))
		return [...alternatives(expression.whenTrue), ...alternatives(expression.whenFalse)];
	return [];
}
