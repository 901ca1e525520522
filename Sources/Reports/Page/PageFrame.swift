/// What every page has around its body: it stands alone, and fetches nothing.
enum PageFrame {
  /// A page's Mustache template.
  ///
  /// - Parameters:
  ///   - title: the page's, a template.
  ///   - runsScript: whether the body has a script.
  ///   - body: a template; `style` is taken from what it is filled with.
  static func template(title: String, runsScript: Bool = false, body: String) -> String {
    let scripts = runsScript ? " script-src 'unsafe-inline';" : ""
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline';\(scripts) img-src data:" />
      <link rel="icon" href="data:," />
      <title>\(title)</title>
      <style>{{{style}}}</style>
      </head>
      <body>
      \(body)
      </body>
      </html>

      """
  }
}
