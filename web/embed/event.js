const ledger = document.querySelector("tensor-ledger");
const batch = document.querySelector("#batch");
const bytes = document.querySelector("#bytes");

batch.addEventListener("input", () => {
  ledger.setAttribute("query", `model=openai-community/gpt2&batch=${batch.value}`);
});

ledger.addEventListener("tensorledger-answer", ({ detail }) => {
  bytes.textContent = detail.ok ? String(detail.totals.device) : detail.issues[0].message;
});
