import {
  ActionIcon,
  Alert,
  AppShell,
  Burger,
  Group,
  Image,
  NavLink,
  Skeleton,
  Text,
  Tooltip,
  UnstyledButton,
  useComputedColorScheme,
  useMantineColorScheme,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import {
  IconBucket,
  IconFlask,
  IconHome,
  IconMoon,
  IconPlugConnectedX,
  IconSun,
  IconTable,
  IconTerminal2,
} from "@tabler/icons-react";
import { Suspense, useEffect, useRef } from "react";
import { Link, Outlet, useLocation } from "react-router";
import { LiveEvents, useConnected } from "~/api/live";
import classes from "./Shell.module.css";

const PLACES = [
  { to: "/", label: "Overview", icon: IconHome },
  { to: "/experiments", label: "Experiments", icon: IconFlask },
  { to: "/sql", label: "SQL", icon: IconTerminal2 },
  { to: "/data", label: "Data", icon: IconTable },
  { to: "/s3", label: "S3", icon: IconBucket },
];

export function Shell() {
  return (
    <LiveEvents>
      <Frame />
    </LiveEvents>
  );
}

function Frame() {
  const [opened, { toggle, close }] = useDisclosure();
  const { pathname } = useLocation();
  const main = useRef<HTMLElement>(null);
  const shown = useRef(pathname);

  useEffect(() => {
    if (shown.current === pathname) return;
    shown.current = pathname;
    // A screen reader begins the new screen at its start.
    main.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [pathname]);

  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 190, breakpoint: "sm", collapsed: { mobile: !opened } }}
      padding="md"
    >
      <a href="#main" className={classes.skip}>
        Skip to the content
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={opened}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={opened ? "Close the menu" : "Open the menu"}
            />
            <UnstyledButton component={Link} to="/" onClick={close}>
              <Group gap={8} wrap="nowrap">
                <Image src="/favicon.svg" alt="" w={26} h={26} />
                <Text fw={700}>dw-simulator</Text>
              </Group>
            </UnstyledButton>
          </Group>
          <ColorSchemeButton />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Main">
        {PLACES.map(({ to, label, icon: Icon }) => (
          <NavLink
            key={to}
            component={Link}
            to={to}
            label={label}
            leftSection={<Icon size={19} stroke={1.7} aria-hidden />}
            active={isAt(pathname, to)}
            aria-current={isAt(pathname, to) ? "page" : undefined}
            onClick={close}
            className={classes.place}
          />
        ))}
      </AppShell.Navbar>
      <AppShell.Main id="main" ref={main} tabIndex={-1} className={classes.main}>
        <Disconnected />
        <Suspense fallback={<ScreenSkeleton />}>
          <Outlet />
        </Suspense>
      </AppShell.Main>
    </AppShell>
  );
}

function isAt(pathname: string, to: string): boolean {
  if (to === "/experiments" && (pathname === "/new-experiment" || pathname.startsWith("/jobs/"))) return true;
  return to === "/" ? pathname === "/" : pathname === to || pathname.startsWith(`${to}/`);
}

function Disconnected() {
  const connected = useConnected();
  if (connected) return null;
  return (
    <Alert color="orange" icon={<IconPlugConnectedX aria-hidden />} mb="md" role="status">
      The API does not answer. What you see may be old; the page connects again by itself.
    </Alert>
  );
}

function ColorSchemeButton() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("light", { getInitialValueInEffect: false });
  const other = scheme === "dark" ? "light" : "dark";
  return (
    <Tooltip label={`Use ${other} colours`}>
      <ActionIcon
        variant="default"
        size="lg"
        onClick={() => setColorScheme(other)}
        aria-label={`Use ${other} colours`}
      >
        {other === "dark" ? <IconMoon size={18} aria-hidden /> : <IconSun size={18} aria-hidden />}
      </ActionIcon>
    </Tooltip>
  );
}

/** Of about the size of a screen, so that nothing jumps when it comes. */
export function ScreenSkeleton() {
  return (
    <div aria-busy="true">
      <Skeleton h={32} w={240} mb="lg" />
      <Skeleton h={120} mb="md" />
      <Skeleton h={320} />
    </div>
  );
}
