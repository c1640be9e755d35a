import { styleText } from 'node:util'

/** Colours, or none. */
export interface Paint {
  readonly bold: Brush
  readonly dim: Brush
  readonly red: Brush
  readonly cyan: Brush
}

type Brush = (text: string) => string

/** Whether colour is wanted is decided by the caller, who knows where the text goes. */
export function paintWith(options: { readonly colour: boolean }): Paint {
  const brush =
    (style: Parameters<typeof styleText>[0]): Brush =>
    (text) =>
      options.colour ? styleText(style, text, { validateStream: false }) : text
  return { bold: brush('bold'), dim: brush('dim'), red: brush(['bold', 'red']), cyan: brush('cyan') }
}
