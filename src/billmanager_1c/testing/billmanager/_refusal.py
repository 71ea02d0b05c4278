"""BILLmanager says no: an error document under HTTP 200 (billmanager-api.md §2)."""

from __future__ import annotations

from ._element import Content, Element

_TEXTS = {
    "auth": ("Ошибка авторизации", "Authorization failed"),
    "badpassword": ("Неверное имя пользователя или пароль", "The user name or the password is wrong"),
    "badip": ("Доступ с этого IP-адреса запрещён", "Access from this IP address is denied"),
    "access": ("Недостаточно прав на функцию «{value}»", "No right to the function '{value}'"),
    "missed": ("{object}: нет элемента «{value}»", "{object}: there is no '{value}'"),
    "value": ("Поле «{object}»: недопустимое значение «{value}»", "The field '{object}' has a wrong value '{value}'"),
    "limit": ("Превышено ограничение, повторите позже", "A limit is exceeded, try again later"),
    "license": ("Лицензия не действует", "The licence does not work"),
    "payment_payd": ("Этот платёж уже совершён", "This payment has been made already"),
    "not_available_paymethod": ("Этот метод оплаты недоступен", "This payment method is not available"),
    "captcha_verification_failed": ("Проверка captcha не пройдена", "The captcha was not solved"),
}


class Refusal(Exception):
    """An error that BILLmanager answers with."""

    def __init__(self, type: str, object: str = "", value: str = "", *, because: str = "") -> None:
        super().__init__(f"{type} {object} {value} {because}".strip())
        self.type = type
        self.object = object
        self.value = value
        self.because = because
        """More of the reason, appended to the text."""

    def element(self, lang: str) -> Element:
        """Return the error as it goes into the document."""
        russian, english = _TEXTS.get(self.object) or _TEXTS.get(self.type) or (self.type, self.type)
        text = (russian if lang == "ru" else english).format(object=self.object, value=self.value)
        attributes = {"type": self.type, "object": self.object, "lang": lang}
        children: list[tuple[str, Content]] = []
        if self.object:
            children.append(("param", Element(self.object, {"name": "object", "type": "msg", "msg": self.object})))
        if self.value:
            children.append(("param", Element(self.value, {"name": "value"})))
        children.append(("msg", f"{text}. {self.because}" if self.because else text))
        return Element("", {name: value for name, value in attributes.items() if value}, children)
