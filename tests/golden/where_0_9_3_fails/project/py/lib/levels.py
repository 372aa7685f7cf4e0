def region():
    return "north"
