import { words } from './client.ts';

// Nothing but the one page: a browser's own errands would fail here, many at a time.
const NO_ERRANDS = words(
  '--no-first-run --disable-background-networking --disable-component-update',
  '--disable-sync --disable-quic --disable-gpu --disable-features=HttpsUpgrades',
);

/** Chromium without a window, every name leading to this machine; the page comes last. */
export const CHROMIUM: readonly string[] = [
  ...words('chromium --headless --no-sandbox --user-data-dir=FOLDER/profile'),
  ...NO_ERRANDS,
  '--host-resolver-rules=MAP * 127.0.0.1',
];

/** The same for Firefox, which reads its settings from the profile. */
export const FIREFOX = {
  prepare: `
    mkdir profile
    cat >profile/user.js <<'END'
    user_pref("network.dns.localDomains", "app.example.test");
    user_pref("network.dns.disableIPv6", true);
    user_pref("network.captive-portal-service.enabled", false);
    user_pref("network.connectivity-service.enabled", false);
    user_pref("app.normandy.enabled", false);
    user_pref("services.settings.server", "http://127.0.0.1:9/");
    user_pref("browser.shell.checkDefaultBrowser", false);
    user_pref("datareporting.policy.dataSubmissionEnabled", false);
    user_pref("toolkit.telemetry.enabled", false);
END
  `,
  command: ['firefox-esr', '--headless', '--no-remote', '--profile', 'FOLDER/profile'],
} as const;
