import type { Format, ObjectText } from './format.ts';
import { memberNamed, membersAt, replaced } from './json-text.ts';

/** Where an answer or an event names the model otherwise than the client did. */
function modelToEcho(
  { text, members }: ObjectText,
  { modelIn }: Format,
  askedModel: string,
): { start: number; end: number; text: string } | undefined {
  const outer = modelIn === undefined ? undefined : memberNamed(members, modelIn);
  const holder = outer === undefined ? members : membersAt(text, outer.start);
  const named = memberNamed(holder ?? [], 'model');
  if (named === undefined) return undefined;
  const { start, end } = named;
  const isSame = end - start === askedModel.length && text.startsWith(askedModel, start);
  return isSame ? undefined : { start, end, text: askedModel };
}

/** The text with the model named as the client did. */
export function echoModel(object: ObjectText, format: Format, askedModel: string | undefined): string {
  const change = askedModel === undefined ? undefined : modelToEcho(object, format, askedModel);
  return change === undefined ? object.text : replaced(object.text, [change]);
}
