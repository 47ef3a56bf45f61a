import { boldLabels, brokenLinks, firstColumn, readPage } from './markdown';
import { errorTexts, pattern, textsInSource } from './sourceTexts';

const page = (text: string, path = 'docs/guides/page.md') => readPage(path, text);

test('a link to a file or a heading that is not there is named', () => {
	const good =
		'# A `page`, and more\n[a](#a-page-and-more) [b](../../README.md#guides) [c](https://example.com/#x)';
	const readme = page('# Package\n## Guides', 'README.md');
	expect(brokenLinks(page(good), [page(good), readme])).toEqual([]);
	const bad = page('[a](#nothing) [b](../../README.md#nothing) [c](nothing.md) ![d](nothing.png)');
	expect(brokenLinks(bad, [bad, readme])).toHaveLength(4);
});

test('anchors of headings that are alike are numbered, and comments in code are no headings', () => {
	expect([...page('# One\n```bash\n# Two\n```\n## One').anchors]).toEqual(['one', 'one-1']);
});

test('labels are all texts in bold but for sentences, figures and code', () => {
	const text =
		'**Max Retries**, **Detail: Low**, **A → B**, **Is it?**, **A sentence.** **4.3 s** `**Code**`\n```\n**Block**\n```';
	expect(boldLabels(page(text))).toEqual(['Max Retries', 'Detail', 'Low', 'A', 'B', 'Is it?']);
});

test('the first column is read from the tables with this head only', () => {
	const table = (head: string, cell: string) => `| ${head} | B |\n| --- | --- |\n| ${cell}  | x |\n`;
	expect(firstColumn(page(`${table('It says', 'One')}\n${table('Else', 'Two')}`), 'It says')).toEqual([
		'One',
	]);
});

test('a text of the source is found by its fixed parts, all of them, in order', () => {
	const source = textsInSource();
	expect(source).toContain(pattern('The server failed in …'));
	expect(source).toContain(pattern('… must be a … number …, but is …'));
	expect(source).not.toContain(pattern('The server failed …'));
	expect(source).not.toContain(pattern('… must be a number …, but is …'));
	expect(source).not.toContain(pattern('The server fell over'));
});

test('error texts are found wherever they are made', () => {
	const texts = errorTexts();
	for (const text of [
		'The server failed in …',
		'No model is chosen',
		'The … is not a web address',
		'… is an empty list',
		'has no role',
		'could not be read',
		'Not sent, because item … failed for a reason all items share. …',
		'Not finished, because item … failed for a reason all items share. …',
	]) {
		expect(texts).toContain(pattern(text));
	}
});
