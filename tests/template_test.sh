#!/bin/sh
# template_test.sh - what the template compiler refuses, and with which words. TAP on standard output.
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
number=0 failed=0

report() { # ok|not ok, name
        number=$((number + 1))
        echo "$1 $number - $2"
        [ "$1" = ok ] || failed=$((failed + 1))
}

head='{%@ page(struct work *w, struct buf *o, const struct x *x) %}'

# refuses NAME WORDS HTML: the HTML after a function line does not compile; WORDS stand in the message.
refuses() {
        printf '%s\n%s\n' "$head" "$3" > "$folder/page.html"
        if message=$(build/tools/template code "$folder/page.html" 2>&1 >/dev/null); then
                report "not ok" "$1"
                echo "# compiled: $3"
        else
                case $message in
                *"page.html:"*"error:"*"$2"*) report ok "$1" ;;
                *) report "not ok" "$1"; echo "# said: $message" ;;
                esac
        fi
}

# accepts NAME WORDS HTML: it compiles, and WORDS stand in the C.
accepts() {
        printf '%s\n%s\n' "$head" "$3" > "$folder/page.html"
        if code=$(build/tools/template code "$folder/page.html" 2>&1); then
                case $code in
                *"$2"*) report ok "$1" ;;
                *) report "not ok" "$1"; echo "# made: $code" ;;
                esac
        else
                report "not ok" "$1"
                echo "# refused: $code"
        fi
}

refuses an_expression_in_a_script_is_refused "in <script>" '<script>var a = "{{ x->a }}";</script>'
refuses an_expression_in_a_style_sheet_is_refused "in <style>" '<style>p{color:{{ x->a }}}</style>'
refuses an_expression_in_a_style_attribute_is_refused 'attribute "style"' '<p style="width:{{ x->a }}%">'
refuses an_expression_in_an_event_attribute_is_refused 'attribute "onclick"' '<p onclick="f({{ x->a }})">'
refuses an_expression_in_an_event_attribute_of_any_case_is_refused 'attribute "onclick"' '<p ONCLICK="f({{ x->a }})">'
refuses an_unquoted_value_is_refused "needs quotes" '<p title={{ x->a }}>'
refuses a_half_unquoted_value_is_refused "needs quotes" '<p title=a{{ x->a }}>'
refuses an_expression_as_a_tag_is_refused "names of a tag" '<{{ x->a }}>'
refuses an_expression_in_a_tag_is_refused "names of a tag" '<p{{ x->a }}>'
refuses an_expression_as_an_attribute_is_refused "names of a tag" '<p {{ x->a }}="b">'
refuses an_expression_in_an_html_comment_is_refused "HTML comment" '<!-- {{ x->a }} -->'
refuses finished_html_in_an_attribute_is_refused "between tags" '<p title="{{& x->a }}">'
refuses an_address_after_a_script_scheme_is_refused "in an address" '<a href="javascript:{{ x->a }}">'
refuses a_block_that_ends_inside_a_tag_is_refused "leaves the HTML elsewhere" '{% if (x) { %}<p {% } %}>'
refuses a_block_that_opens_a_script_is_refused "no C may stand here" '{% if (x) { %}<script>{% } %}'
refuses a_branch_that_opens_a_quote_is_refused "leaves the HTML elsewhere" '<p {% if (x) { %}title="{% } %}">'
refuses leaving_a_loop_inside_a_tag_is_refused "break leaves" '{% for (;;) { %}<p {% break; %}>{% } %}'
refuses a_name_put_together_from_pieces_is_refused "goes on after" '<p on{% if (x) { %}{% } %}click="{{ x->a }}">'
refuses a_value_after_a_cut_name_is_refused "does not follow" '<p {% if (x) { %}onclick{% } %}="{{ x->a }}">'
refuses a_block_without_end_is_refused "does not end" '{% if (x) { %}<p>'
refuses an_end_without_block_is_refused "ends no block" '<p>{% } %}'
refuses an_if_without_block_is_refused "ends with" '{% if (x) %}<p>'
refuses an_expression_without_end_is_refused "without" '<p>{{ x->a </p>'
refuses a_template_that_ends_inside_a_tag_is_refused "inside a tag" '<p title="a'
refuses a_bare_less_than_is_refused "opens no tag" '<p>1 < 2</p>'
refuses a_doubled_percent_sign_without_values_is_refused "shown twice" '<p>{{_ "in %%" }}</p>'
refuses a_second_function_is_refused "beginning only" "<p>$head"

accepts text_is_escaped 'HTML_ESCAPED(o, (x->a));' '<p>{{ x->a }}</p>'
accepts attributes_are_escaped 'HTML_ESCAPED(o, (x->a));' "<p title='{{ x->a }}'>"
accepts whole_addresses_are_checked 'html_address(o, (x->a));' '<a href="{{ x->a }}">'
accepts addresses_of_htmx_are_checked 'html_address(o, (x->a));' '<a hx-get="{{ x->a }}">'
accepts parts_of_addresses_are_encoded 'ADDRESS_PART(o, (x->a));' '<a href="/u/{{ x->a }}">'
accepts texts_are_translated 'work_text(w, "Units")' '<p>{{_ "Units" }}</p>'
accepts texts_with_values_are_filled 'arena_print(w->arena, work_text(w, "%d, \"%s\""), 1, x->a)' '<p>{{_ "%d, \"%s\"", 1, x->a }}</p>'
accepts braces_inside_strings_do_not_count 'f("}}")' '<p>{{ f("}}") }}</p>'
accepts scripts_without_expressions_pass 'if (a < b)' '<script type="module">if (a < b) { }</script>'
accepts text_after_a_script_is_escaped 'HTML_ESCAPED' '<script src="/a.js"></script><p>{{ x->a }}</p>'

printf '<p>{{ x->a }}</p>\n' > "$folder/page.html"
if build/tools/template code "$folder/page.html" >/dev/null 2>&1; then
        report "not ok" a_template_without_a_function_is_refused
else
        report ok a_template_without_a_function_is_refused
fi

echo "1..$number"
[ "$failed" = 0 ]
