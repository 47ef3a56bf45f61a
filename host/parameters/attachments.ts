import type { ContentPart } from '../../client';
import { readBinaryFile, type Attached } from './binaryFile';
import { InputProblem, shown } from './inputProblem';
import type { ItemParameters } from './itemParameters';
import { checkChoice, checkText } from './parameterChecks';

/** One row of the field Attachments. */
interface Attachment {
	type?: unknown;
	binaryPropertyName?: unknown;
	url?: unknown;
	fileId?: unknown;
	text?: unknown;
	detail?: unknown;
}

const TYPES = ['image', 'imageUrl', 'file', 'fileId', 'audio', 'text'] as const;

/**
 * One part of a message's content.
 *
 * @param label how the editor shows the place of the attachment.
 * @param attached is counted up.
 * @throws {InputProblem} when it is missing, of a wrong kind or too large.
 */
export async function readAttachment(
	item: ItemParameters,
	label: string,
	attachment: Attachment,
	attached: Attached,
): Promise<ContentPart> {
	const type = checkChoice(`${label}, Type`, attachment.type ?? 'image', TYPES);
	const seen = checkText(`${label}, Detail`, attachment.detail ?? '');
	// What the API does by itself is not sent: other servers may not know it.
	const detail = seen && seen !== 'auto' ? { detail: seen } : {};
	switch (type) {
		case 'text':
			return { type: 'text', text: readFilled(`${label}, Text`, attachment.text) };
		case 'fileId':
			return { type: 'file', file: { file_id: readFilled(`${label}, File ID`, attachment.fileId) } };
		case 'imageUrl': {
			const url = readFilled(`${label}, URL`, attachment.url);
			if (!/^(https?:\/\/|data:image\/)/i.test(url)) {
				throw new InputProblem(
					`${label}, URL`,
					`The URL ${shown(url)} is not an address the provider can fetch a picture from`,
					'Enter one that begins with https://, or take the picture from a binary field',
				);
			}
			return { type: 'image_url', image_url: { url, ...detail } };
		}
	}
	const place = `${label}, Binary Field`;
	const field = fieldName(item, place, attachment.binaryPropertyName);
	const file = await readBinaryFile(item, { label: place, field, media: type }, attached);
	const { mimeType, format, data, fileName } = file;
	if (type === 'audio') return { type: 'input_audio', input_audio: { data, format } };
	const url = `data:${mimeType};base64,${data}`;
	if (type === 'image') return { type: 'image_url', image_url: { url, ...detail } };
	return { type: 'file', file: { file_data: url, filename: fileName ?? `document.${format}` } };
}

function readFilled(label: string, value: unknown): string {
	const text = checkText(label, value ?? '').trim();
	if (text) return text;
	throw new InputProblem(label, `${label} is empty`, 'Fill it in, or remove this entry');
}

/** The name is easily mistaken for the place of an expression, which gives the file itself. */
function fieldName({ input }: ItemParameters, label: string, value: unknown): string {
	const isFile = typeof value === 'object' && value !== null;
	const isExpression = typeof value === 'string' && value.includes('{{');
	if (!isFile && !isExpression) return readFilled(label, value);
	const names = Object.keys(input.binary ?? {});
	const meant = isFile ? names : names.filter((name) => value.includes(name));
	throw new InputProblem(
		label,
		`${label} must be the name of a binary field, but is ${isFile ? 'the file itself' : shown(value)}`,
		`Enter only the name: ${meant.join(' or ') || 'data'}`,
	);
}
