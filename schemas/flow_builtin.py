"""The flow that calls begin where no other is configured."""

from schemas.flows import AskDigits, End, Flow, Menu, Option, SetAttributes, ToQueue

_ONE_MOMENT = "One moment please, you are being connected."

BUILT_IN = Flow(
    name="main",
    version=1,
    start="menu",
    nodes={
        "menu": Menu(
            prompt=(
                "Welcome. For sales press 1, for support press 2, for the status of an order press 3."
                " To talk to somebody press 0."
            ),
            options=(
                Option(digit="1", then="about_sales", words=("sales", "buy")),
                Option(digit="2", then="about_support", words=("support", "help")),
                Option(digit="3", then="order", words=("order", "status")),
                Option(digit="0", then="about_anything", words=("person", "agent", "operator")),
                Option(digit="*", then="menu", words=("repeat",)),
            ),
            otherwise="about_anything",
        ),
        "about_sales": SetAttributes(attributes={"topic": "sales"}, then="sales"),
        "about_support": SetAttributes(attributes={"topic": "support"}, then="support"),
        "about_anything": SetAttributes(attributes={"topic": "general"}, then="support"),
        "sales": ToQueue(queue="sales", prompt=_ONE_MOMENT),
        "support": ToQueue(queue="support", prompt=_ONE_MOMENT),
        "order": AskDigits(
            prompt="Please type your order number, then the hash key.",
            attribute="order_number",
            min_digits=4,
            max_digits=12,
            timeout_s=10.0,
            then="about_order",
            otherwise="about_anything",
        ),
        "about_order": SetAttributes(attributes={"topic": "order"}, then="order_noted"),
        "order_noted": End(
            prompt="Thank you. We have noted your question about order {order_number}. Goodbye."
        ),
    },
)
