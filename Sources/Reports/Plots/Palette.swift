/// The plots' colours, each in a form for white paper and one for a dark page.
///
/// Sparsities take an ordered ramp (matplotlib's `plasma`, perceptually uniform, by N. Smith and S. van der
/// Walt), cut off where it would fade into the background. Strategies take hues of Okabe and Ito's palette,
/// which readers with any colour vision tell apart.
package enum Palette {
  /// One colour as `#rrggbb`, for a light and for a dark background.
  package struct Colour: Sendable, Hashable {
    package let light: String
    package let dark: String
  }

  private static let plasma: [(Double, Double, Double)] = [
    (13, 8, 135), (65, 4, 157), (106, 0, 168), (143, 13, 164), (177, 42, 144), (204, 71, 120),
    (225, 100, 98), (242, 132, 75), (252, 166, 54), (252, 206, 37), (240, 249, 33),
  ]

  /// `count` colours in order.
  package static func ramp(_ count: Int) -> [Colour] {
    (0..<count).map { index in
      let place = count > 1 ? Double(index) / Double(count - 1) : 0
      // On a dark page the ramp's dark end is mixed with white.
      return Colour(
        light: plasma(at: 0.8 * place), dark: plasma(at: place, white: max(0, 0.42 - 0.9 * place)))
    }
  }

  /// How many curves that are compared have a colour of their own.
  static var hueCount: Int { hues.count }

  private static let hues = [
    Colour(light: "#0072b2", dark: "#56b4e9"), Colour(light: "#d55e00", dark: "#f0a040"),
    Colour(light: "#009e73", dark: "#2fc79b"), Colour(light: "#a85c8a", dark: "#dd9cc4"),
    Colour(light: "#555555", dark: "#b8b8b8"),
  ]

  /// The colour of a strategy, by its place among those compared.
  package static func strategy(_ index: Int) -> Colour { hues[index % hues.count] }

  private static func plasma(at place: Double, white: Double = 0) -> String {
    let position = min(max(place, 0), 1) * Double(plasma.count - 1)
    let lower = min(Int(position), plasma.count - 2)
    let share = position - Double(lower)
    let (from, to) = (plasma[lower], plasma[lower + 1])
    return "#"
      + [(from.0, to.0), (from.1, to.1), (from.2, to.2)]
      .map { ends in
        let value = ends.0 + (ends.1 - ends.0) * share
        return hexadecimal(value + (255 - value) * white)
      }.joined()
  }

  private static func hexadecimal(_ value: Double) -> String {
    let digits = String(Int(value.rounded()), radix: 16)
    return digits.count == 1 ? "0" + digits : digits
  }
}
