import assert from 'node:assert/strict';
import { chromium, type Browser, type Page } from 'playwright-core';

// As root there is no sandbox to be had; the pages are our own.
const FLAGS = ['--no-sandbox', '--no-proxy-server'];
const DEADLINE_MS = 30_000;

export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly dark?: boolean;
}

/** A real Chromium, Debian's. `await using` closes it. */
export class TestBrowser implements AsyncDisposable {
  readonly #browser: Browser;

  constructor(browser: Browser) {
    this.#browser = browser;
  }

  /** A tab of its own, with nothing kept from others, at this address. */
  async open(url: string, options: PageOptions = {}): Promise<OpenPage> {
    const { width = 1440, height = 900, dark = false } = options;
    const page = await this.#browser.newPage({
      viewport: { width, height },
      colorScheme: dark ? 'dark' : 'light',
    });
    page.setDefaultTimeout(DEADLINE_MS);
    const open = new OpenPage(page, new URL(url).origin);
    await page.goto(url);
    return open;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}

/** A page, and what it did that it should not have. */
export class OpenPage {
  readonly page: Page;
  /** What it complained of, with refusals by its Content-Security-Policy among it. */
  readonly complaints: string[] = [];
  /** What it asked of anybody but the edge. */
  readonly strangers: string[] = [];

  constructor(page: Page, origin: string) {
    this.page = page;
    page.on('console', (message) => {
      // Of a refusal by the API Chromium writes a line of its own, whatever the page makes of it.
      const isOurs = !message.text().startsWith('Failed to load resource');
      if (isOurs && /error|warning/.test(message.type())) this.complaints.push(message.text());
    });
    page.on('response', (response) => {
      const isFile = !response.url().startsWith(`${origin}/api/`);
      if (isFile && !response.ok()) this.complaints.push(`${response.status()} ${response.url()}`);
    });
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== origin) this.strangers.push(request.url());
    });
  }

  /** Wait until the element has a text that matches. */
  async sees(selector: string, text: RegExp | string): Promise<void> {
    await this.page.locator(selector).filter({ hasText: text }).first().waitFor();
  }

  /** The texts of all that match, as they are now. */
  texts(selector: string): Promise<string[]> {
    return this.page.locator(selector).allInnerTexts();
  }

  /** The page did what it may and nothing else. */
  assertClean(): void {
    assert.deepEqual({ complaints: this.complaints, strangers: this.strangers }, CLEAN);
  }
}

const CLEAN = { complaints: [], strangers: [] };

export async function startBrowser(): Promise<TestBrowser> {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS });
  return new TestBrowser(browser);
}
