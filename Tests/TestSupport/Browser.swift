/// The browser in which the report is tried.
package enum Browser {
  package static let path = Tool.onPath("chromium", "chromium-browser", "google-chrome")
}
