"""Invented names and demographics. No real person is meant."""

from random import Random


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


GIVEN = {
    "female": _words(
        "Ada Agnes Alma Amelia Anita Beatriz Bridget Carmen Celia Chipo Clara Dalia Dolores Edith Elena Esther Fatima "
        "Flora Frances Gloria Hana Harriet Imani Ines Irene Ivy Jamila Josephine Judith Keiko Laila Leona Lucia Mabel "
        "Marisol Maud Mercy Nadia Nora Olive Paloma Pearl Rosa Sabine Salma Selma Tamar Thea Uma Vera Wanda Yara Zainab"
    ),
    "male": _words(
        "Abel Ahmed Albert Alvin Andres Anton Basil Bernard Calvin Cesar Clyde Curtis Dante Desmond Dmitri Edgar Elias "
        "Emil Ernesto Felix Floyd Gideon Gilbert Hassan Hector Homer Ibrahim Isaac Ivan Jasper Joaquin Kwame Lamar "
        "Leon Linus Lloyd Malik Marcel Milton Moses Nestor Noel Omar Orlando Otis Percy Quentin Rafael Ramon Rufus "
        "Saul Tariq Virgil Walter Xavier Yusuf"
    ),
}
FAMILY = _words(
    "Abara Ackerman Aldana Alvarez Archer Ashby Baptiste Barlow Becker Bello Blackwood Boateng Brennan Calloway "
    "Cardenas Castillo Chavez Cho Colley Corbin Cruz Dalton Danso Delgado Devlin Diaz Dorsey Eaton Ellery Escobar "
    "Farrow Fenton Figueroa Fontaine Gaines Garland Gibbs Guerrero Hadley Halloran Hashimi Hoang Holloway Huerta "
    "Ibarra Iyer Jarvis Jimenez Kaplan Keane Kimura Kowalski Lachance Larkin Lim Lindgren Lozano Maddox Maldonado "
    "Mbeki Mercado Molina Montrose Murillo Nakamura Nguyen Novak Nwosu Obrien Ochoa Orosco Osei Padilla Palmer Park "
    "Pereira Pham Pickett Quiroga Quinn Rahman Ramos Redmond Rivas Rosario Rourke Salazar Santos Sayegh Shaw Silva "
    "Sloane Soto Stavros Tanaka Thorne Torres Tran Underhill Valdez Vance Vargas Vega Walsh Warsame Whitaker Wynn "
    "Yoder Zamora Zielinski"
)

ETHNICITIES = (
    ("white", 0.52),
    ("hispanic", 0.19),
    ("black", 0.17),
    ("asian", 0.07),
    ("native american", 0.02),
    ("not stated", 0.03),
)
LANGUAGES = {"hispanic": (("english", 0.45), ("spanish", 0.55)), "asian": (("english", 0.7), ("vietnamese", 0.3))}
DISABILITIES = (("none", 0.71), ("physical", 0.13), ("sensory", 0.07), ("cognitive", 0.06), ("not stated", 0.03))

Shares = tuple[tuple[str, float], ...]


def pick(chance: Random, shares: Shares) -> str:
    """One of the codes, each with its share; shares sum to 1."""
    draw = chance.random()
    for code, share in shares:
        draw -= share
        if draw < 0:
            return code
    return shares[-1][0]


def language(chance: Random, ethnicity: str) -> str:
    return pick(chance, LANGUAGES.get(ethnicity, (("english", 0.96), ("other", 0.04))))
