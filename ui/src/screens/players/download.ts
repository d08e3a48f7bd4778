/** Files that are made in the browser. */

/** Let the browser save a text as a file. */
export function downloadText(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

/** What a signed receipt is called as a file; it is a JWS in compact form. */
export function receiptFileName(erasureId: string): string {
  return `matsuri-erasure-${erasureId}.jws`;
}
