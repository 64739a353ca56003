// Reads cases from standard input, one JSON array [[[url, set-cookie] ...], [url ...]], and prints for each URL what a jar sends.
import { CookieJar } from "tough-cookie";
import { readFileSync } from "node:fs";

const answers = JSON.parse(readFileSync(0, "utf8")).map(([set, urls]) => {
  const jar = new CookieJar();
  for (const [url, text] of set) jar.setCookieSync(text, url, { ignoreError: true, http: true, sameSiteContext: "strict" });
  return urls.map((url) => jar.getCookieStringSync(url, { http: true, sameSiteContext: "strict" }));
});
process.stdout.write(JSON.stringify(answers));
