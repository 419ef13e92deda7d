import { type Check, failed, passed, quoted } from '../check.ts';
import { pngOf } from '../image.ts';

const green = [0, 160, 0] as const;
/** Pixels; some models refuse smaller ones. */
const side = 64;

export const image: Check = {
  name: 'image',
  needs: 'images',
  async run(subject) {
    const { message } = await subject.chat({
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Which colour has this image? Answer with one word.' },
            { type: 'image', mediaType: 'image/png', data: pngOf(green, side) },
          ],
        },
      ],
    });
    return /green/i.test(message.content)
      ? passed()
      : failed(`the image is green, the model says ${quoted(message.content)}`);
  },
};
