import { isObject } from '../../core/json';
import type { ChatRequest, ContentPart } from '../../core/requests';

/** What an attachment counts for. A picture is about 1,000 tokens whatever its size, and so is a text of so many bytes. */
const ATTACHMENT_BYTES = 3600;

/**
 * How large a request is as far as its tokens go. Pictures, recordings and files cost tokens by other rules than text:
 * a picture of 1 MB, counted as text, would use up a minute's limit.
 *
 * @param body the request as it is sent.
 */
export function tokenBytes({ messages }: ChatRequest, body: string): number {
	let bytes = Buffer.byteLength(body);
	for (const { content } of messages) {
		if (!Array.isArray(content)) continue;
		for (const part of content) {
			if (part.type !== 'text') bytes += ATTACHMENT_BYTES - attachedBytes(part);
		}
	}
	return bytes;
}

/** The length of what is attached. It is base64, of which JSON escapes nothing. */
function attachedBytes(part: Exclude<ContentPart, { type: 'text' }>): number {
	// People write these parts as well, in JSON, and may write anything.
	const { image_url: image, input_audio: audio, file } = part as { [name: string]: unknown };
	const attached = [image, audio, file].find(isObject);
	const data = attached?.url ?? attached?.data ?? attached?.file_data;
	return typeof data === 'string' ? data.length : 0;
}
