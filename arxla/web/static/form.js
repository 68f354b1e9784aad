// The form of a run: a file that is too large is refused before it is sent, and sending says so.

const form = document.querySelector("#task");
const most = Number(form.getAttribute("data-most-mb")); // `form.dataset` is the field of that name

function check(input) {
  const about = document.getElementById(`${input.name}-about`);
  const [file] = input.files;
  const tooLarge = file !== undefined && file.size > most * 1024 * 1024;
  about.dataset.help ??= about.textContent;
  about.textContent = tooLarge ? `${file.name} has ${(file.size / 1024 / 1024).toFixed(0)} MB; the most is ${most} MB.` : about.dataset.help;
  about.className = tooLarge ? "error" : "help";
  input.toggleAttribute("aria-invalid", tooLarge);
  if (tooLarge) input.setAttribute("aria-invalid", "true");
  return !tooLarge;
}

const files = [...form.querySelectorAll('input[type="file"]')];
for (const input of files) input.addEventListener("change", () => check(input));
form.addEventListener("submit", (event) => {
  const wrong = files.find((input) => !check(input));
  if (wrong) {
    event.preventDefault();
    wrong.focus();
    return;
  }
  document.querySelector("#start").disabled = true;
  document.querySelector("#progress").textContent = files.some((input) => input.files.length) ? "Sending the file…" : "Starting…";
});
addEventListener("pageshow", () => { document.querySelector("#start").disabled = false; });
document.querySelector('[aria-invalid="true"]')?.focus();
