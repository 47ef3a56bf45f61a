import type { IExecuteFunctions } from 'n8n-workflow';
import type { ContentPart } from '../../client/core/requests';
import { readBinaryFile, type Attached } from './binaryFile';
import { InputProblem, shown } from './inputProblem';
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
 * @param attached is counted up.
 * @param label how the editor shows the place of the attachment.
 * @throws {InputProblem} when it is missing, of a wrong kind or too large.
 */
export async function readAttachment(
	context: IExecuteFunctions,
	itemIndex: number,
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
			return { type: 'text', text: filled(`${label}, Text`, attachment.text) };
		case 'fileId':
			return { type: 'file', file: { file_id: filled(`${label}, File ID`, attachment.fileId) } };
		case 'imageUrl': {
			const url = filled(`${label}, URL`, attachment.url);
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
	const field = fieldName(context, itemIndex, place, attachment.binaryPropertyName);
	const file = await readBinaryFile(context, itemIndex, place, type, field, attached);
	const { mimeType, format, data, fileName } = file;
	if (type === 'audio') return { type: 'input_audio', input_audio: { data, format } };
	const url = `data:${mimeType};base64,${data}`;
	if (type === 'image') return { type: 'image_url', image_url: { url, ...detail } };
	return { type: 'file', file: { file_data: url, filename: fileName ?? `document.${format}` } };
}

function filled(label: string, value: unknown): string {
	const text = checkText(label, value ?? '').trim();
	if (text) return text;
	throw new InputProblem(label, `${label} is empty`, 'Fill it in, or remove this entry');
}

/** The name is easily mistaken for the place of an expression, which gives the file itself. */
function fieldName(context: IExecuteFunctions, itemIndex: number, label: string, value: unknown): string {
	const isFile = typeof value === 'object' && value !== null;
	const isExpression = typeof value === 'string' && value.includes('{{');
	if (!isFile && !isExpression) return filled(label, value);
	const names = Object.keys(context.getInputData()[itemIndex]?.binary ?? {});
	const meant = isFile ? names : names.filter((name) => value.includes(name));
	throw new InputProblem(
		label,
		`${label} must be the name of a binary field, but is ${isFile ? 'the file itself' : shown(value)}`,
		`Enter only the name: ${meant.join(' or ') || 'data'}`,
	);
}
