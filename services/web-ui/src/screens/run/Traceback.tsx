import { Accordion } from "@mantine/core";
import { CopyBlock } from "~/components/CopyBlock";

/** Where in the program an error came from: closed at first, since its message says more to most people. */
export function Traceback({ text }: { text: string }) {
  return (
    <Accordion variant="contained" chevronPosition="left">
      <Accordion.Item value="traceback">
        <Accordion.Control>Traceback</Accordion.Control>
        <Accordion.Panel>
          <CopyBlock text={text} label="the traceback" />
        </Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  );
}
