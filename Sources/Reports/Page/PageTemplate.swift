/// The report's Mustache template (https://mustache.github.io/mustache.5.html).
enum PageTemplate {
  static let text = PageFrame.template(
    title: "{{name}}: pruning report", runsScript: true,
    body: #"""
      <header>
      <h1>{{name}}</h1>
      {{#description}}<p>{{description}}</p>{{/description}}
      <p class="question">{{question}}</p>
      {{#conclusion}}<p class="conclusion">{{conclusion}}</p>{{/conclusion}}
      <p><span class="badge">Protocol: {{protocolTitle}}</span> {{protocolText}}</p>
      </header>
      <main>
      {{#hasWarnings}}<section class="warnings" aria-labelledby="warnings-title">
      <h2 id="warnings-title">Warnings</h2>
      <ul>{{#warnings}}<li>{{.}}</li>{{/warnings}}</ul>
      </section>{{/hasWarnings}}
      <section aria-labelledby="headlines-title">
      <h2 id="headlines-title">In short</h2>
      <ul class="cards">
      {{#headlines}}<li><strong>{{value}}</strong> <span>{{text}}</span></li>
      {{/headlines}}</ul>
      </section>
      \#(PagePictures.section)
      {{#tables}}<section aria-labelledby="table-{{id}}">
      <h2 id="table-{{id}}">{{table.title}}</h2>
      <p class="hint">Choose a column's title to sort by it.</p>
      <div class="scroll" role="region" aria-labelledby="table-{{id}}" tabindex="0">
      <table class="sortable">
      <thead><tr>{{#table.columns}}<th scope="col" aria-sort="none"{{#isNumeric}} class="n"{{/isNumeric}}><button type="button">{{title}}</button></th>{{/table.columns}}</tr></thead>
      <tbody>
      {{#table.rows}}<tr>{{#cells}}<td{{#isNumeric}} class="n"{{/isNumeric}}{{#order}} data-order="{{order}}"{{/order}}>{{text}}</td>{{/cells}}</tr>
      {{/table.rows}}</tbody>
      </table>
      </div>
      </section>
      {{/tables}}{{#hasConfusions}}<section aria-labelledby="classes-title">
      <h2 id="classes-title">Which classes are taken for which</h2>
      <p class="hint">A row for each class of the test images, a column for what they were taken for; of each sparsity the first seed.</p>
      {{#confusions}}<details><summary>{{title}}</summary>
      <div class="scroll" tabindex="0">
      <table class="confusion">
      <thead><tr><td></td>{{#classes}}<th scope="col" class="n">{{.}}</th>{{/classes}}<th scope="col" class="n">found</th></tr></thead>
      <tbody>
      {{#rows}}<tr><th scope="row">{{name}}</th>{{#cells}}<td class="n{{#isRight}} right{{/isRight}}" style="--share:{{share}}%">{{text}}</td>{{/cells}}<td class="n">{{accuracy}}</td></tr>
      {{/rows}}</tbody>
      </table>
      </div>
      </details>
      {{/confusions}}</section>
      {{/hasConfusions}}<section aria-labelledby="method-title">
      <h2 id="method-title">What was measured, and how</h2>
      <dl>{{#settings}}<dt>{{term}}</dt><dd>{{text}}</dd>
      {{/settings}}</dl>
      </section>
      <section aria-labelledby="repeat-title">
      <h2 id="repeat-title">How to repeat it</h2>
      <pre class="scroll" tabindex="0"><code>{{command}}</code></pre>
      {{#config}}<details><summary>The config, defaults filled in</summary>
      <pre class="scroll" tabindex="0"><code>{{config}}</code></pre>
      </details>{{/config}}
      </section>
      </main>
      <footer><p>Made by Whittle from <code>{{folder}}</code>.</p></footer>
      <script>{{{script}}}</script>
      """#)

  /// Sorts a table by the column whose title is chosen: numbers by value, cells without one last.
  static let script = #"""
    document.querySelectorAll('table.sortable').forEach(function (table) {
      var heads = Array.from(table.tHead.rows[0].cells), body = table.tBodies[0];
      heads.forEach(function (head, column) {
        head.querySelector('button').addEventListener('click', function () {
          var down = head.getAttribute('aria-sort') === 'ascending', sign = down ? -1 : 1;
          var numeric = head.classList.contains('n');
          function key(row) {
            var cell = row.cells[column];
            if (!numeric) return cell.textContent;
            return 'order' in cell.dataset ? Number(cell.dataset.order) : null;
          }
          var rows = Array.from(body.rows).map(function (row) { return { row: row, key: key(row) }; });
          rows.sort(function (a, b) {
            if (a.key === null || b.key === null) return (a.key === null) - (b.key === null);
            return sign * (numeric ? a.key - b.key : a.key.localeCompare(b.key));
          });
          rows.forEach(function (item) { body.appendChild(item.row); });
          heads.forEach(function (other) { other.setAttribute('aria-sort', 'none'); });
          head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
        });
      });
    });
    """#
}
