"""Pages as people use them: somebody at a browser looks at a page, fills in a form that stands there and presses its button.

Nothing is sent that the page does not offer: a form is found on the page that was looked at, its fields keep what stands in them
(marks and other hidden values too), a choice must be one of those offered, and what a browser would not send (an empty field that must be
filled in, a day after the last one allowed, too long a text) is a failure of the story. What others than browsers may send is sent "by hand":
the same form without those checks.

A form that is refused must come back with what was typed: every story that has one refused looks for it (came_back)."""

import html
import re
import urllib.parse

from support import PASSWORD, check, check_equal

# What html.parser reads too, in a tenth of its time: of attributes only those that are asked for are taken apart.
_TAG = re.compile(r"""<!--.*?-->|<![^>]*>|<(/?)([a-zA-Z][^\s/>]*)((?:[^>"']++|"[^"]*+"|'[^']*+')*+)>""", re.S)
_ATTRIBUTE = re.compile(r"""([^\s=>/"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+)))?""")
_TOLD = {"form", "a", "label", "input", "textarea", "select", "button", "option", "div"}
_APART = {"p", "div", "li", "td", "th", "tr", "dt", "dd", "h1", "h2", "h3", "br", "option", "section"}

TEXTS = {"text", "date", "datetime-local", "email", "search", "number", "month", "password", "hidden", "tel", "url"}


class Control:
    """A field of a form: what is in it, and what a browser accepts in it. options: what may be chosen, None where anything may be typed."""

    def __init__(self, kind, about, value):
        self.kind, self.name, self.value, self.options = kind, about.get("name") or "", value, None
        self.is_required, self.most, self.longest = "required" in about, about.get("max"), about.get("maxlength")
        self.label = ""

    def refused(self):
        """Why a browser would not send it; "" where it would."""
        if self.is_required and not self.value:
            return "is empty"
        if self.kind == "date" and self.value and self.most and self.value > self.most:
            return f"is after {self.most}"
        if self.longest and len(str(self.value)) > int(self.longest):
            return f"is longer than {self.longest}"
        if self.options is not None and self.value not in self.options:
            return f"can only be one of {sorted(self.options)}"
        return ""


class Form:
    def __init__(self, about):
        self.action, self.method = about.get("action") or "", (about.get("method") or "get").lower()
        self.is_multipart = about.get("enctype") == "multipart/form-data"
        self.controls, self.buttons, self.page = [], [], None  # buttons: name and value of those that have one, the text of all; page: its path
        self.id, self.ways = about.get("id"), []  # ways: where else its buttons send it

    def __getitem__(self, name):
        return next((c for c in self.controls if c.name == name), None)

    def fill(self, values):
        """Type into fields, choose, tick (True) or clear (False) a box, or attach a file: (name, bytes)."""
        for name, value in values.items():
            control = self[name]
            check(control, f"the form for {self.action} has no field {name}, but {[c.name for c in self.controls]}")
            check(control.kind != "hidden", f"nobody can type into the hidden field {name}")
            control.value = value if control.kind in ("checkbox", "file") else str(value)
        return self

    def refused(self):
        return {c.name: c.refused() for c in self.controls if c.refused()}

    def pairs(self):
        for c in self.controls:
            if c.kind == "checkbox":
                if c.value:
                    yield c.name, c.sent
            elif c.name:
                yield c.name, c.value

    def body(self, button=None):
        """What a browser sends, and its content type."""
        pairs = list(self.pairs())
        if button is not None:
            name, value, _ = next((b for b in self.buttons if button in b), (None, None, None))
            check(name is not None, f"the form for {self.action} has no button {button}, but {self.buttons}")
            pairs += [(name, value)] if name else []
        if not self.is_multipart:
            return urllib.parse.urlencode(pairs), "application/x-www-form-urlencoded"
        mark, parts = "----form-of-the-page", []
        for name, value in pairs:
            is_file = isinstance(value, tuple)
            head = f'Content-Disposition: form-data; name="{name}"' + (f'; filename="{value[0]}"\r\nContent-Type: application/octet-stream' if is_file else "")
            parts.append(f"--{mark}\r\n{head}\r\n\r\n".encode() + (value[1] if is_file else str(value).encode()) + b"\r\n")
        return b"".join(parts) + f"--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}"


class Page:
    """A page as it came: its forms, links (address, text), what stands in it as text, and its alerts."""

    def __init__(self, path, answer):
        self.path, self.status, self.html = path, answer.status, answer.text
        self.forms, self.links, self.alerts, self.apart = [], [], [], []  # apart: parts of forms that stand elsewhere
        self.words, self.form, self.gather, self.select, self.labels, self.label, self.alert = [], None, None, None, {}, None, 0
        self._read(self.html)
        for part in self.apart:
            form = next((form for form in self.forms if form.id == part.id), None)
            check(form, f"{path} has no form {part.id}, but something of it")
            form.controls += part.controls
            form.buttons += part.buttons
            form.ways += part.ways
        self.text = " ".join("".join(self.words).split())
        for control, place in [(c, c.place) for f in self.forms for c in f.controls]:
            control.label = " ".join("".join(self.labels.get(place, [])).split())

    def _read(self, text):
        at = 0
        for found in _TAG.finditer(text):
            if found.start() > at:
                self._data(html.unescape(text[at:found.start()]))
            at = found.end()
            ends, tag, attributes = found.groups()
            if tag is None:  # a remark
                continue
            tag = tag.lower()
            if not ends and tag in _TOLD:
                self._begin(tag, {name.lower(): html.unescape(one or two or bare) for name, one, two, bare in _ATTRIBUTE.findall(attributes)})
            if not ends and tag in _APART:
                self._data(" ")
            if ends or attributes.endswith("/"):
                self._end(tag)
        self._data(html.unescape(text[at:]))

    def _begin(self, tag, about):
        if tag == "form":
            self.form = Form(about)
            self.form.page = self.path
            self.forms.append(self.form)
        elif tag == "a" and "href" in about:
            self.links.append([about["href"], ""])
            self.gather = self.links[-1]
        elif tag == "label":
            self.label = self.labels.setdefault(about.get("for"), [])
        elif "form" in about and "disabled" not in about and (tag == "button" or about.get("type") == "file"):
            self._apart(tag, about)
        elif tag in ("input", "textarea", "select", "button") and self.form is not None and "disabled" not in about:
            self._control(tag, about)
        elif tag == "option" and self.select is not None:
            value = about.get("value", "")
            self.select.options[value] = ""
            if "selected" in about or len(self.select.options) == 1:
                self.select.value = value
        if self.alert or (tag == "div" and "alert" in about.get("class", "").split()):
            self.alert += tag == "div"
            if self.alert == 1 and tag == "div":
                self.alerts.append("")

    def _control(self, tag, about):
        kind = about.get("type", "text") if tag == "input" else tag
        if tag == "button" or kind == "submit":
            self.form.ways += [about["formaction"]] if "formaction" in about else []
            self.form.buttons.append([about.get("name", ""), about.get("value", ""), ""])
            self.gather = self.form.buttons[-1]
            return
        if kind == "radio":
            known = self.form[about.get("name")]
            control = known or Control("radio", about, "")
            control.options = (control.options or {}) | {about.get("value", ""): ""}
            control.value = about.get("value", "") if "checked" in about else control.value
            if known:
                return
        else:
            check(kind in TEXTS or kind in ("checkbox", "file", "textarea", "select"), f"an input of an unknown kind: {kind}")
            control = Control(kind, about, "checked" in about if kind == "checkbox" else about.get("value", ""))
            control.sent = about.get("value", "on")
        control.place = about.get("id")
        self.form.controls.append(control)
        if kind == "select":
            control.options, self.select = {}, control
        elif kind == "textarea":
            self.gather = control

    def _apart(self, tag, about):
        """A button, or a file to choose, that says itself which form it belongs to."""
        inside, self.form = self.form, Form({"id": about["form"]})
        self._control(tag, about)
        self.apart.append(self.form)
        self.form = inside

    def _end(self, tag):
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = None
        elif tag == "label":
            self.label = None
        if tag in ("a", "button", "textarea"):
            self.gather = None
        if tag == "div" and self.alert:
            self.alert -= 1

    def _data(self, text):
        self.words.append(text)
        if isinstance(self.gather, Control):
            self.gather.value += text if self.gather.value else text.removeprefix("\n")  # as browsers read a textarea
        elif self.gather is not None:
            self.gather[-1] += text
        if self.label is not None:
            self.label.append(text)
        if self.alert:
            self.alerts[-1] += text

    def find(self, action):
        """The form that goes to an address (its query apart, which a refused form has), also by one of its buttons; None where the page offers none."""
        found = next((f for f in self.forms if f.method == "post" and f.action.split("?")[0] == action.split("?")[0]), None) or \
            next((f for f in self.forms if f.action == action), None)
        if found is None and (found := next((f for f in self.forms if action in f.ways), None)):
            found.action = action
        return found

    def form_for(self, action):
        form = self.find(action)
        check(form, f"{self.path} offers no form for {action}, but {sorted({f.action for f in self.forms})}")
        return form


class Person:
    """Somebody at a browser, signed in by the form of its page."""

    def __init__(self, node, login, language="vi", password=PASSWORD):
        self.client, self.language = node.client(language=language), language
        form = self.look("/sign-in").form_for("/sign-in")
        page = self.press(form.fill({"login": login, "password": password}))
        self.client.csrf = page.form_for("/sign-out")["csrf"].value  # for what scripts of the pages send

    def get(self, path, **more):
        """As a program: a file beside a page."""
        return self.client.get(path, **more)

    def look(self, path, expect=200):
        return Page(path, self.client.get(path, headers={"Accept": "text/html"}, expect=expect))

    def press(self, form, button=None, expect=200, by_hand=False):
        """Send a form and follow to where it leads; that page. expect: its status; other than 200 the answer is the page itself."""
        check(by_hand or not form.refused(), f"a browser does not send the form for {form.action}: {form.refused()}")
        if form.method == "get":
            return self.look(f"{form.action}?{urllib.parse.urlencode(list(form.pairs()))}", expect)
        body, kind = form.body(button)
        here = f"http://{self.client.host}:{self.client.port}"
        head = {"Content-Type": kind, "Accept": "text/html", "Origin": here}
        if form.page:
            head["Referer"] = here + form.page
        path, answer = form.action, self.client.ask("POST", form.action, body, head)
        if answer.status == 303:
            path, _, _ = answer.headers["Location"].partition("#")
            answer = self.client.get(path, headers={"Accept": "text/html"}, expect=None)
        page = Page(re.sub(r"\?done=.*", "", path), answer)  # what was done is said once
        check(expect in (None, answer.status), f"{form.action}: status {answer.status} instead of {expect}: {page.alerts or page.text[:600]}")
        if answer.status in (400, 409, 422):
            page.marked = self.came_back(form, page)
        return page

    def came_back(self, form, page):
        """What was typed into a refused form stands in it again, what is wrong is said at the top and at its input, and no secret is sent back."""
        again, where = page.find(form.action), f"{form.action}, refused with {page.status}"
        check(page.alerts, f"{where}: nothing says so")
        for name in dict.fromkeys(c.name for c in form.controls if c.name):
            typed = [c for c in form.controls if c.name == name]
            kept = [c for c in again.controls if c.name == name] if again else []
            for i, control in enumerate(typed):
                if control.kind == "password":
                    check(not control.value or control.value not in page.html, f"{where}: the password in {name} was sent back")
                elif control.kind == "file":
                    check(not control.value or control.value[0] in page.text, f"{where}: {control.value[0]} is not named to be chosen again")
                elif control.kind == "hidden" or not control.value:
                    pass
                elif not again:
                    check(" ".join(str(control.value).split()) in page.text, f"{where}: {name} is lost")
                else:
                    check(i < len(kept), f"{where}: the form that came back has no {name}")
                    check_equal(kept[i].value, control.value, f"{where}: what stands in {name}")
        told = re.findall(r'class="em" id="(refused-\d+)"', page.html)
        for note in told:
            inputs = [t for t in re.findall(r"<(?:input|select|textarea)[^>]*>", page.html) if re.search(rf'aria-describedby="(?:[^"]* )?{note}[ "]', t)]
            check(len(inputs) == 1 and 'aria-invalid="true"' in inputs[0], f"{where}: what {note} says is not said of one input: {inputs}")
            place = re.search(r' id="([^"]+)"', inputs[0])[1]
            check(f'href="#{place}"' in page.html, f"{where}: nothing at the top leads to {inputs[0]}")
        return len(told)

    # ---- cases ----------------------------------------------------------------------------------------------------------

    def typed(self, value):
        """A whole number as people write it, anything else as it is."""
        return f"{value:,}".replace(",", "." if self.language == "vi" else ",") if isinstance(value, int) else str(value)

    def _answers(self, on, fields, papers, more):
        return {**{f"field-{k}": self.typed(v) for k, v in (fields or {}).items()}, **{f"document-{k}": number for k, number in papers.items()},
                **{f"document-{k}-on": on for k in papers}, "on": on, **more}

    def begin(self, workflow, title, unit, on, fields=None, papers={}, expect=200, below=""):
        """Open a case by its form, with documents (number by name) of that day; its address, or the page that refuses it."""
        page = self.look(f"/cases/new/{workflow}" + (f"?parent={below}" if below else ""))
        form = page.form_for(f"/cases/{workflow}").fill(self._answers(on, fields, papers, {"title": title, "case_unit": unit}))
        page = self.press(form, expect=expect)
        return page.path if expect == 200 else page

    def offers(self, at, action):
        return self.look(at).find(f"{at}/{action}") is not None

    def act(self, at, action, on, fields=None, papers={}, expect=200, by_hand=False, **more):
        """Fill in the form for an action that the page of a case offers; the page that comes then."""
        form = self.look(at).form_for(f"{at}/{action}").fill(self._answers(on, fields, papers, more))
        return self.press(form, expect=expect, by_hand=by_hand)

    def force(self, at, action, on, expect, fields=None, papers={}, **more):
        """What the page does not offer, sent by hand with the mark of the page; the answer as its reader sees it."""
        page = self.look(at)
        check(page.find(f"{at}/{action}") is None, f"{at} offers {action}")
        form = Form({"action": f"{at}/{action}", "method": "post"})
        marks = [f["csrf"] for f in page.forms if f["csrf"]]
        check(marks, f"{at} has no form with a mark")
        form.controls = [marks[0]] + [Control("text", {"name": k}, v) for k, v in self._answers(on, fields, papers, more).items()]
        return self.press(form, expect=expect, by_hand=True)
