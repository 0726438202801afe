import {
  createTheme,
  DEFAULT_THEME,
  localStorageColorSchemeManager,
  type MantineColorsTuple,
} from "@mantine/core";

export const colorSchemes = localStorageColorSchemeManager({ key: "dw-simulator-color-scheme" });

/** A colour of Mantine's with one shade of its own. */
function withShade(name: string, shade: number, value: string): MantineColorsTuple {
  return DEFAULT_THEME.colors[name]?.with(shade, value) as unknown as MantineColorsTuple;
}

export const theme = createTheme({
  // Shades whose text would have a contrast below 4.5: white on a hovered button, and dark on its own lightest shade.
  colors: {
    cyan: withShade("cyan", 8, "#0b7d91"),
    orange: withShade("orange", 9, "#a33800"),
    teal: withShade("teal", 9, "#066649"),
  },
  primaryColor: "cyan",
  // The same in both schemes: Mantine chooses the text on it by the light one.
  primaryShade: 9,
  autoContrast: true,
  defaultRadius: "sm",
  cursorType: "pointer",
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  components: {
    Notification: { defaultProps: { closeButtonProps: { "aria-label": "Close" } } },
    Tooltip: {
      defaultProps: { openDelay: 300, withArrow: true, events: { hover: true, focus: true, touch: true } },
    },
    Modal: { defaultProps: { centered: true, closeButtonProps: { "aria-label": "Close" } } },
    // A dialog's header is no banner of the page.
    ModalHeader: { defaultProps: { role: "none" } },
    DrawerHeader: { defaultProps: { role: "none" } },
    Drawer: { defaultProps: { closeButtonProps: { "aria-label": "Close" } } },
  },
});
